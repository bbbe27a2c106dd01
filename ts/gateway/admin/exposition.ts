/** The Prometheus text format 0.0.4: families with help and type, samples with escaped labels. */

/** Labels of a sample, in the order in which they are written. */
export type Labels = Readonly<Record<string, string>>;

/** Kinds of metrics that the format knows and we use. */
export type MetricType = "counter" | "gauge" | "histogram";

/** The media type of the format. */
export const expositionType = "text/plain; version=0.0.4; charset=utf-8";

/** In a help text, a backslash and a line break are escaped. */
function escapeHelp(text: string): string {
  return text.replace(/\\/g, "\\\\").replace(/\n/g, "\\n");
}

/** In a label's value, a quote too. */
function escapeLabel(value: string): string {
  return escapeHelp(value).replace(/"/g, '\\"');
}

function number(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  if (value === Number.NEGATIVE_INFINITY) return "-Inf";
  return Number.isNaN(value) ? "NaN" : String(value);
}

/** Builds one exposition. */
export class Exposition {
  readonly #lines: string[] = [];
  #family = "";

  /** Begins a family; all its samples follow before the next one begins, as the format demands. */
  family(name: string, type: MetricType, help: string): this {
    this.#family = name;
    this.#lines.push(`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`);
    return this;
  }

  /** One sample of the running family. */
  sample(labels: Labels, value: number, suffix = ""): this {
    const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escapeLabel(text)}"`);
    const braces = pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
    this.#lines.push(`${this.#family}${suffix}${braces} ${number(value)}`);
    return this;
  }

  /** The samples of one histogram: cumulative buckets, sum and count. `counts` has one entry more than `bounds`. */
  histogram(labels: Labels, bounds: readonly number[], counts: ArrayLike<number>, sum: number): this {
    let total = 0;
    bounds.forEach((bound, index) => {
      total += counts[index]!;
      this.sample({ ...labels, le: number(bound) }, total, "_bucket");
    });
    total += counts[bounds.length]!;
    return this.sample({ ...labels, le: "+Inf" }, total, "_bucket")
      .sample(labels, sum, "_sum")
      .sample(labels, total, "_count");
  }

  /** The whole text. */
  toString(): string {
    return `${this.#lines.join("\n")}\n`;
  }
}
