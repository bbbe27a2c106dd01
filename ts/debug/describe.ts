import type { Dump, DumpedFields, DumpedList, DumpedNumber, DumpedValue } from "./dump.js";

/** Values of a list that are written out. */
const shown = 16;

const digits = (value: number): string => value.toLocaleString("en", { maximumFractionDigits: 6, useGrouping: true });

const milliseconds = (ticks: number): string => `${digits(ticks / 1_024_000)} ms`;

/** What a value is in a unit that people use; empty where it has none. Sub-ticks are `perUs` to the microsecond. */
function inWords(value: number, unit: string, perUs: number): string {
  if (unit.startsWith("ticks")) return milliseconds(value);
  if (unit.startsWith("sub-ticks") && perUs > 0) return `${digits(value / perUs / 1_000)} ms`;
  if (unit.startsWith("millionths")) return `${digits(value / 10_000)} %`;
  const [, power, of = ""] = /^2\^(-?\d+)(?: (.*))?$/.exec(unit) ?? [];
  if (power === undefined) return "";
  const whole = value * 2 ** Number(power);
  return of === "ticks" ? milliseconds(whole) : `${digits(whole)} ${of}`.trimEnd();
}

function valueText({ value, unit = "", meaning }: DumpedValue, perUs: number): string {
  const plain = typeof value === "number" && Number.isInteger(value) ? digits(value) : String(value);
  if (meaning !== undefined) return `${plain} (${meaning})`;
  const words = Number.isFinite(Number(value)) ? inWords(Number(value), unit, perUs) : "";
  const counted = unit === "" ? plain : `${plain} ${unit}`;
  return words === "" ? counted : `${counted} = ${words}`;
}

const isZero = (value: DumpedNumber): boolean => Number(value) === 0;

function itemText(item: DumpedList["values"][number]): string {
  if (typeof item !== "object") return String(item);
  return `{${Object.entries(item)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ")}}`;
}

/** A short list as it is; of a long one the places that are not zero, since most are. */
function listText({ values, count, unit }: DumpedList): string {
  const counted = unit === undefined ? "" : ` ${unit}`;
  if (count <= shown && values.length === count) return `[${values.map(itemText).join(", ")}]${counted}`;
  const places = values.flatMap((item, place) =>
    (typeof item === "object" ? Object.values(item) : [item]).every(isZero) ? [] : [`${place}: ${itemText(item)}`],
  );
  const left = places.length > shown ? [`… ${digits(places.length - shown)} more`] : [];
  const unread = count > values.length ? `, ${digits(count - values.length)} not read` : "";
  return `${digits(count)} values, those not 0 [${[...places.slice(0, shown), ...left].join(", ")}]${unread}${counted}`;
}

function fieldLines(title: string, fields: DumpedFields, perUs: number): string[] {
  const entries = Object.entries(fields);
  if (entries.length === 0) return [];
  const width = Math.max(...entries.map(([name]) => name.length));
  const line = ([name, field]: readonly [string, DumpedValue | DumpedList]): string =>
    `    ${name.padEnd(width)}  ${"values" in field ? listText(field) : valueText(field, perUs)}`;
  return [`  ${title}`, ...entries.map(line)];
}

/**
 * A dump as text for people: a line a field, with times in milliseconds and shares in percent beside what is stored. Of long lists it
 * shows the first places that are not zero.
 *
 * @see {@link inspector} for an example.
 */
export function describe(dump: Dump): string {
  const { configuration, state, snapshot, damaged, then } = dump;
  const unit = configuration["unit"];
  const perUs = unit !== undefined && "value" in unit ? Number(unit.value) : 0;
  const what = snapshot ? `, snapshot${damaged === true ? ", DAMAGED" : ""}` : "";
  const text = [
    `${dump.name} (${dump.kind}, version ${dump.version})${what}, ${digits(dump.bytes)} bytes`,
    ...fieldLines("configuration", configuration, perUs),
    ...fieldLines("state", state, perUs),
  ].join("\n");
  // What a unit says of snapshots is for them alone.
  const fitting = text.replace(/, in a snapshot ([a-z ]+?)(?= =|$)/gm, snapshot ? " $1" : "");
  return then === undefined ? fitting : `${fitting}\n${describe(then)}`;
}
