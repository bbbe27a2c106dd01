/**
 * Interval tree clocks as the paper writes them (Almeida, Baquero and Fonte, OPODIS 2008, §5 and §6): immutable trees, one clause
 * a line. An id is 0, 1 or a pair; an event tree is a number or a number and two trees; a code is a text of 0 and 1.
 */

export type IdTree = 0 | 1 | readonly [IdTree, IdTree];
export type EventTree = number | readonly [number, EventTree, EventTree];

/** A stamp. */
export interface Stamp {
  readonly id: IdTree;
  readonly events: EventTree;
}

export const seed: Stamp = { id: 1, events: 0 };

type EventNode = readonly [number, EventTree, EventTree];

const normalId = (id: readonly [IdTree, IdTree]): IdTree => (id[0] === id[1] && typeof id[0] === "number" ? id[0] : id);

const base = (events: EventTree): number => (typeof events === "number" ? events : events[0]);
const lift = (amount: number, events: EventTree): EventTree =>
  typeof events === "number" ? events + amount : [events[0] + amount, events[1], events[2]];
const height = (events: EventTree): number =>
  typeof events === "number" ? events : events[0] + Math.max(height(events[1]), height(events[2]));

function normalEvents([number, left, right]: EventNode): EventTree {
  if (typeof left === "number" && left === right) return number + left;
  const least = Math.min(base(left), base(right));
  return [number + least, lift(-least, left), lift(-least, right)];
}

function split(id: IdTree): readonly [IdTree, IdTree] {
  if (id === 0) return [0, 0];
  if (id === 1)
    return [
      [1, 0],
      [0, 1],
    ];
  const [left, right] = id;
  if (left === 0) {
    const [one, two] = split(right);
    return [
      [0, one],
      [0, two],
    ];
  }
  if (right === 0) {
    const [one, two] = split(left);
    return [
      [one, 0],
      [two, 0],
    ];
  }
  return [
    [left, 0],
    [0, right],
  ];
}

function sum(one: IdTree, other: IdTree): IdTree {
  if (one === 0) return other;
  if (other === 0) return one;
  if (one === 1 || other === 1) throw new Error("both own the same");
  return normalId([sum(one[0], other[0]), sum(one[1], other[1])]);
}

function joinEvents(one: EventTree, other: EventTree): EventTree {
  if (typeof one === "number" && typeof other === "number") return Math.max(one, other);
  const [n1, l1, r1]: EventNode = typeof one === "number" ? [one, 0, 0] : one;
  const [n2, l2, r2]: EventNode = typeof other === "number" ? [other, 0, 0] : other;
  if (n1 > n2) return joinEvents([n2, l2, r2], [n1, l1, r1]);
  return normalEvents([n1, joinEvents(l1, lift(n2 - n1, l2)), joinEvents(r1, lift(n2 - n1, r2))]);
}

function within(one: EventTree, other: EventTree): boolean {
  if (typeof one === "number") return one <= base(other);
  const [number, left, right] = one;
  const [l2, r2] = typeof other === "number" ? [other, other] : [lift(other[0], other[1]), lift(other[0], other[2])];
  return number <= base(other) && within(lift(number, left), l2) && within(lift(number, right), r2);
}

function fill(id: IdTree, events: EventTree): EventTree {
  if (id === 0 || typeof events === "number") return events;
  if (id === 1) return height(events);
  const [number, left, right] = events;
  if (id[0] === 1) {
    const filled = fill(id[1], right);
    return normalEvents([number, Math.max(height(left), base(filled)), filled]);
  }
  if (id[1] === 1) {
    const filled = fill(id[0], left);
    return normalEvents([number, filled, Math.max(height(right), base(filled))]);
  }
  return normalEvents([number, fill(id[0], left), fill(id[1], right)]);
}

function grow(id: IdTree, events: EventTree): readonly [number, EventTree] {
  if (typeof events === "number") {
    if (id === 1) return [0, events + 1];
    const [price, grown] = grow(id, [events, 0, 0]);
    return [price + 1000, grown];
  }
  if (typeof id === "number") throw new Error("fill leaves nothing to grow here");
  const [number, left, right] = events;
  const onLeft = id[0] === 0 ? undefined : grow(id[0], left);
  const onRight = id[1] === 0 ? undefined : grow(id[1], right);
  if (onRight === undefined || (onLeft !== undefined && onLeft[0] < onRight[0]))
    return [onLeft![0] + 1, [number, onLeft![1], right]];
  return [onRight[0] + 1, [number, left, onRight[1]]];
}

export function event({ id, events }: Stamp): Stamp {
  if (id === 0) throw new Error("an anonymous stamp counts nothing");
  const filled = fill(id, events);
  return { id, events: JSON.stringify(filled) === JSON.stringify(events) ? grow(id, events)[1] : filled };
}

export function fork({ id, events }: Stamp): readonly [Stamp, Stamp] {
  const [one, two] = split(id);
  return [
    { id: one, events },
    { id: two, events },
  ];
}

export const join = (one: Stamp, other: Stamp): Stamp => ({
  id: sum(one.id, other.id),
  events: joinEvents(one.events, other.events),
});

export const peek = ({ events }: Stamp): Stamp => ({ id: 0, events });

export const leq = (one: Stamp, other: Stamp): boolean => within(one.events, other.events);

const binary = (value: number, bits: number): string => value.toString(2).padStart(bits, "0");

function codeOfId(id: IdTree): string {
  if (typeof id === "number") return `00${id}`;
  if (id[0] === 0) return `01${codeOfId(id[1])}`;
  if (id[1] === 0) return `10${codeOfId(id[0])}`;
  return `11${codeOfId(id[0])}${codeOfId(id[1])}`;
}

function codeOfNumber(number: number, bits = 2): string {
  if (number >= 2 ** bits) return codeOfNumber(number - 2 ** bits, bits + 1);
  return `${"1".repeat(bits - 1)}0${binary(number, bits)}`;
}

function codeOfEvents(events: EventTree): string {
  if (typeof events === "number") return codeOfNumber(events);
  const [number, left, right] = events;
  const own = number === 0 ? "0" : "011";
  const numbered = number === 0 ? "" : codeOfNumber(number);
  if (left === 0) return `${own}00${numbered}${codeOfEvents(right)}`;
  if (right === 0) return `${own}01${numbered}${codeOfEvents(left)}`;
  return `${own}${number === 0 ? "10" : "1"}${numbered}${codeOfEvents(left)}${codeOfEvents(right)}`;
}

/** The code of §6, as bits and as bytes in hexadecimal, filled up with zeros. */
export function encode({ id, events }: Stamp): { readonly bits: number; readonly hex: string } {
  const code = codeOfId(id) + codeOfEvents(events);
  const filled = code.padEnd(Math.ceil(code.length / 8) * 8, "0");
  const hex = filled.replace(/.{4}/g, (nibble) => Number.parseInt(nibble, 2).toString(16));
  return { bits: code.length, hex };
}
