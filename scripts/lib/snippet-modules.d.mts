import type { Plugin } from "vite";
export declare function snippetModules(): Plugin;
