export declare function effectsOf(file: string, text: string): { line: number; what: string }[];
export declare function forbiddenEffects(): string[];
