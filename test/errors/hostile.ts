/** Things that can be thrown and that bite whoever looks at them. */

const throwing = {
  get(): never {
    throw new Error("do not look");
  },
  has(): never {
    throw new Error("do not ask");
  },
  getPrototypeOf(): never {
    throw new Error("do not look up");
  },
  ownKeys(): never {
    throw new Error("do not list");
  },
  getOwnPropertyDescriptor(): never {
    throw new Error("do not describe");
  },
};

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function getters(): Error {
  const error = new Error("fine");
  for (const key of ["stack", "name", "message", "code", "cause", "errors", "status", "context", "details"]) {
    Object.defineProperty(error, key, {
      enumerable: true,
      get() {
        throw new TypeError(`${key} bites`);
      },
    });
  }
  return error;
}

function selfCaused(): Error {
  const error = new Error("my own cause");
  error.cause = error;
  return error;
}

function caughtInCircle(): Error {
  const first = new Error("first");
  const second = new AggregateError([first], "second", { cause: first });
  first.cause = second;
  return first;
}

function deep(levels: number): Error {
  let error = new Error("the root");
  for (let level = 0; level < levels; level++) error = new Error(`level ${level}`, { cause: error });
  return error;
}

/** By name, each made anew. */
export const hostile: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  "a string": () => "thrown",
  "an empty string": () => "",
  NaN: () => Number.NaN,
  "a bigint": () => 7n,
  "a symbol": () => Symbol("thrown"),
  "a function": () => () => {},
  "an object without a prototype": () => Object.create(null),
  "a list": () => [1, 2],
  "a throwing proxy": () => new Proxy({}, throwing),
  "a throwing proxy of an error": () => new Proxy(new Error("x"), throwing),
  "a throwing proxy of a function": () => new Proxy(() => {}, throwing),
  "a revoked proxy": revoked,
  "an error whose getters throw": getters,
  "an error that is its own cause": selfCaused,
  "errors that cause each other": caughtInCircle,
  "ten thousand causes": () => deep(10_000),
  "an AggregateError of a million": () => new AggregateError(new Array(1_000_000).fill(new Error("one")), "many"),
  "members of odd types": () => ({ name: 7, message: {}, code: [], cause: 1, errors: "no", status: "503", retry: 1 }),
  "an error that claims to be ours": () =>
    Object.assign(new Error("x"), { [Symbol.for("holdfast.error")]: true, category: "nonsense", code: 7 }),
  "ours by a throwing getter": () =>
    Object.defineProperty({}, Symbol.for("holdfast.error"), {
      get() {
        throw new Error("no");
      },
    }),
};
