/** One structure as `assembly/layouts/*.json` tells it. */
export interface StructureLayout {
  readonly name: string;
  readonly version: number;
  readonly functions: readonly string[];
  readonly then?: string;
  readonly configuration: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
  readonly memory?: Readonly<Record<string, string>>;
  readonly snapshot?: Readonly<Record<string, string>>;
}

export function layoutsOf(): Readonly<Record<string, StructureLayout>>;
export function kindsOfFunctions(): Readonly<Record<string, readonly string[]>>;
