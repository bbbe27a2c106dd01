/**
 * Whether a finished history can be put into one order that a sequential object explains (Herlihy and Wing, "Linearizability: A
 * Correctness Condition for Concurrent Objects", 1990), by the search of Wing and Gong with memory of what failed (Lowe, 2017).
 */

/** One finished call. */
export interface Operation<Input> {
  readonly input: Input;
  readonly result: number;
  /** For each thread, how many of its calls had ended before this one began. */
  readonly after: readonly number[];
  readonly thread: number;
  /** Which of its thread's calls it is, from 0. */
  readonly index: number;
}

/** The sequential object. States are compared by their JSON. */
export interface Model<Input, State> {
  readonly initial: State;
  /** The state after a call that gave `result`; undefined where the object could not have given it. */
  apply(state: State, input: Input, result: number, thread: number): State | undefined;
}

/** An order that explains the history, or undefined. */
export function linearization<Input, State>(
  operations: readonly Operation<Input>[],
  model: Model<Input, State>,
): Operation<Input>[] | undefined {
  const failed = new Set<string>();
  const left = new Set(operations);

  /** Whether everything that had ended before it began is taken; a thread's own earlier calls had. */
  const isReady = ({ after, thread, index }: Operation<Input>): boolean => {
    for (const other of left) {
      if (other.index < (other.thread === thread ? index : (after[other.thread] ?? 0))) return false;
    }
    return true;
  };

  function search(state: State): Operation<Input>[] | undefined {
    if (left.size === 0) return [];
    const key = `${[...left]
      .map(({ thread, index }) => `${thread}.${index}`)
      .sort()
      .join()} ${JSON.stringify(state)}`;
    if (failed.has(key)) return undefined;
    for (const operation of operations) {
      if (!left.has(operation) || !isReady(operation)) continue;
      const next = model.apply(state, operation.input, operation.result, operation.thread);
      if (next === undefined) continue;
      left.delete(operation);
      const rest = search(next);
      left.add(operation);
      if (rest !== undefined) return [operation, ...rest];
    }
    failed.add(key);
    return undefined;
  }
  return search(model.initial);
}
