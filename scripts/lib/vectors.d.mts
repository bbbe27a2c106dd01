export declare function vectorsFolder(): string | undefined;
export declare function allVectorFiles(): string[];
export declare function vectorFiles(kind: string): { path: string; text: string }[];
