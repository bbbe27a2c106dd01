/** One example: `line` is the line of its fence, counted from 1; `runs` is false for fences marked `no-run`. */
export interface Snippet {
  readonly file: string;
  readonly line: number;
  readonly runs: boolean;
  readonly code: string;
}
export declare function fencesOf(file: string, text: string): Snippet[];
export declare function snippets(): Snippet[];
export declare function assertions(snippet: Snippet): { code: string; count: number };
