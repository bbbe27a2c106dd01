export declare function snippetTypeProblems(): string[];
