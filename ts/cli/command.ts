/** What a command of `holdfast` is, and what it is given. */

/** A stream that text is written to. */
export interface TextStream {
  write(text: string): unknown;
  /** Whether a person may be watching. */
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/** The world around a command; tests bring their own. */
export interface CommandIo {
  /** Data: what another program may read. */
  readonly stdout: TextStream;
  /** Talk: progress, warnings, errors. */
  readonly stderr: TextStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Path of the program itself, for commands that start it again as a child. */
  readonly entry: string;
}

/** One command. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Left out of the list: meant for the program itself. */
  readonly hidden?: boolean;
  /** Does the work and resolves with the exit code: 0 done, 1 failed, 2 wrong usage or configuration, 130 interrupted. */
  run(argv: readonly string[], io: CommandIo): Promise<number>;
}
