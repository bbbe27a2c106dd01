import type { LaunchOptions } from "playwright-core";
export declare function chromiumPath(): string | undefined;
export declare function launchOptions(executablePath: string): LaunchOptions;
