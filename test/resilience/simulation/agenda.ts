/** What will happen in a discrete-event simulation: a binary heap by time; of equals, what was planned first comes first. */

/** Something that will happen. */
export interface Planned {
  readonly atMs: number;
  readonly order: number;
  readonly act: () => void;
}

function precedes(a: Planned, b: Planned): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

/** See the head of the file. */
export class Agenda {
  readonly #heap: Planned[] = [];
  #planned = 0;

  plan(atMs: number, act: () => void): void {
    const heap = this.#heap;
    const entry = { atMs, order: this.#planned++, act };
    let place = heap.push(entry) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!precedes(entry, heap[parent]!)) break;
      heap[place] = heap[parent]!;
      place = parent;
    }
    heap[place] = entry;
  }

  /** Takes out what happens next. */
  next(): Planned | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || last === first) return first;
    let place = 0;
    for (let child = 1; child < heap.length; child = 2 * place + 1) {
      if (child + 1 < heap.length && precedes(heap[child + 1]!, heap[child]!)) child++;
      if (!precedes(heap[child]!, last)) break;
      heap[place] = heap[child]!;
      place = child;
    }
    heap[place] = last;
    return first;
  }
}
