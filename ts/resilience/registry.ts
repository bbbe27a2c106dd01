/**
 * A registry: the policies of a program by name, so that they can be found, looked at, changed, saved and restored without
 * a reference to each being carried about.
 */

import { Emitter, invalidOption, type Observable, quote } from "../kernel/index.js";
import { Composite } from "./compose.js";
import { snapshotInvalid } from "./errors.js";
import type { PolicyMode } from "./mode.js";
import { wholeNumber } from "./options.js";
import type { BasePolicy, Policy, PolicyCounts, PolicyEvents } from "./policy.js";
import { type PolicySnapshot, packSnapshots, sealSnapshot, unpackSnapshots } from "./snapshot.js";

/** How one policy stands, for a page, a log or a metrics endpoint. */
export interface PolicyStatus {
  /** The names of the policies that it is part of, and its own, such as `users.breaker`. */
  readonly name: string;
  readonly kind: string;
  readonly mode: PolicyMode;
  readonly generation: number;
  readonly counts: PolicyCounts;
}

/** Events of a registry: those of all its policies, and its own. */
export interface RegistryEvents extends PolicyEvents {
  added: { readonly name: string; readonly policy: Policy };
  removed: { readonly name: string; readonly policy: Policy };
}

/** Options of {@link policyRegistry}. */
export interface RegistryOptions {
  /** The most policies that it takes. Names that come from outside (a tenant, a host) must not fill the memory. Default: 10 000. */
  readonly maxPolicies?: number;
}

/** What a registry keeps of one policy. */
interface Entry {
  readonly policy: Policy;
  readonly heard: readonly Disposable[];
}

const forwarded = ["rejected", "shadowed", "shadowFailed", "reconfigured"] as const;

/** See {@link policyRegistry}. */
export class PolicyRegistry implements Observable<RegistryEvents>, Iterable<Policy> {
  readonly #entries = new Map<string, Entry>();
  readonly #events = new Emitter<RegistryEvents>();
  readonly #maxPolicies: number;

  constructor({ maxPolicies = 10_000 }: RegistryOptions = {}) {
    this.#maxPolicies = wholeNumber("maxPolicies", maxPolicies, 1);
  }

  /** How many policies were added; parts of them are not counted. */
  get size(): number {
    return this.#entries.size;
  }

  on<Type extends keyof RegistryEvents>(type: Type, listener: (payload: RegistryEvents[Type]) => void): Disposable {
    return this.#events.on(type, listener);
  }

  /**
   * Takes a policy in under its name, and gives it back.
   *
   * @throws HoldfastError `INVALID_OPTION` where the name is taken, or the registry full
   */
  add<P extends Policy>(policy: P): P {
    const { name } = policy;
    if (this.#entries.has(name))
      throw invalidOption("name", name, "a policy of this name is there already; give it another");
    if (this.#entries.size >= this.#maxPolicies) {
      throw invalidOption("maxPolicies", this.#maxPolicies, "the registry is full; remove policies or raise the bound");
    }
    const heard = forwarded.map((type) => policy.on(type, (payload) => this.#events.emit(type, payload as never)));
    this.#entries.set(name, { policy, heard });
    this.#events.emit("added", { name, policy });
    return policy;
  }

  /**
   * The policy of that name, made and taken in by `make` if it is not there yet: for one policy for each host or tenant.
   *
   * @throws HoldfastError `INVALID_OPTION` where `make` gives a policy of another name, or the registry is full
   */
  obtain<P extends Policy>(name: string, make: (name: string) => P): P {
    const known = this.#entries.get(name)?.policy;
    if (known !== undefined) return known as P;
    const made = make(name);
    if (made.name !== name)
      throw invalidOption("name", made.name, `what is made for ${quote(name)} must have that name`);
    return this.add(made);
  }

  /** The policy of that name, also one that is part of another (`users.breaker`); `undefined` where there is none. */
  find(name: string): Policy | undefined {
    const direct = this.#entries.get(name)?.policy;
    if (direct !== undefined) return direct;
    for (const policy of this.#all()) if (policy.name === name) return policy;
    return undefined;
  }

  /** Forgets a policy; it works on for those who hold it. False where there is none of that name. */
  remove(name: string): boolean {
    const entry = this.#entries.get(name);
    if (entry === undefined) return false;
    for (const subscription of entry.heard) subscription[Symbol.dispose]();
    this.#entries.delete(name);
    this.#events.emit("removed", { name, policy: entry.policy });
    return true;
  }

  /** The policies that were added, in that order. */
  *[Symbol.iterator](): Iterator<Policy> {
    for (const { policy } of this.#entries.values()) yield policy;
  }

  /** All policies, each with its parts behind it. */
  *#all(): Iterable<Policy> {
    for (const policy of this) yield* withParts(policy);
  }

  /** How all policies stand, parts included. */
  status(): readonly PolicyStatus[] {
    return [...this.#all()].map(({ name, kind, mode, generation, counts }) => ({
      name,
      kind,
      mode,
      generation,
      counts,
    }));
  }

  /**
   * Changes options of the policy of that name while it works; see `reconfigure` of the policies.
   *
   * @throws HoldfastError `INVALID_OPTION` where there is none of that name, or the change is refused
   */
  reconfigure(name: string, change: object): void {
    (this.#known(name) as BasePolicy<never>).reconfigure(change);
  }

  /**
   * Changes the mode of one policy, or of all that were added.
   *
   * @throws HoldfastError `INVALID_OPTION` where there is none of that name
   */
  setMode(mode: PolicyMode, name?: string): void {
    if (name !== undefined) this.#known(name).setMode(mode);
    else for (const policy of this) policy.setMode(mode);
  }

  #known(name: string): Policy {
    const policy = this.find(name);
    if (policy !== undefined) return policy;
    const names = [...this.#all()].slice(0, 10).map((known) => known.name);
    throw invalidOption("name", name, `there is no such policy; known are ${names.join(", ") || "none"}`);
  }

  /** The state of all policies as one snapshot; `encodeSnapshot` makes one image of bytes of it. */
  snapshot(): PolicySnapshot {
    const policies = [...this];
    return sealSnapshot(
      "registry",
      JSON.stringify(policies.map(({ name }) => name)),
      packSnapshots(policies.map((policy) => policy.snapshot())),
    );
  }

  /**
   * Takes over the state of all policies of the same name; those that only one side has are left as they are.
   *
   * @returns the names that could not be restored, with the reason: a policy whose options have changed starts anew
   * @throws HoldfastError `SNAPSHOT_INVALID` for what is no snapshot of a registry
   */
  restore(snapshot: PolicySnapshot): ReadonlyMap<string, unknown> {
    if (snapshot?.kind !== "registry" || snapshot.version !== 1) {
      throw snapshotInvalid("this is not a snapshot of a registry in version 1", { kind: snapshot?.kind });
    }
    const names = namesOf(snapshot.config);
    const parts = unpackSnapshots(snapshot.state);
    if (names.length !== parts.length) {
      throw snapshotInvalid(`the snapshot names ${names.length} policies and holds ${parts.length}`);
    }
    const refused = new Map<string, unknown>();
    names.forEach((name, at) => {
      try {
        this.#entries.get(name)?.policy.restore(parts[at]!);
      } catch (error) {
        refused.set(name, error);
      }
    });
    return refused;
  }
}

function* withParts(policy: Policy): Iterable<Policy> {
  yield policy;
  if (policy instanceof Composite) for (const part of policy.policies) yield* withParts(part);
}

function namesOf(config: string): readonly string[] {
  try {
    const names: unknown = JSON.parse(config);
    if (Array.isArray(names) && names.every((name) => typeof name === "string")) return names;
  } catch {
    // What cannot be parsed is refused below, like everything else that is no list of names.
  }
  throw snapshotInvalid("the snapshot's list of names cannot be read");
}

/**
 * Makes a registry.
 *
 * Use one where policies are looked at and changed from outside the code that calls through them: an admin page, a configuration
 * file that is read again, a metrics endpoint.
 *
 * @throws HoldfastError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * import { pipeline, policyRegistry } from "holdfast";
 *
 * const registry = policyRegistry();
 * registry.add(pipeline("users", { retry: { attempts: 3 }, bulkhead: { limit: 10 } }));
 * registry.find("users.bulkhead")?.kind; // => "bulkhead"
 * registry.reconfigure("users.bulkhead", { limit: 20 });
 * registry.setMode("shadow", "users.retry");
 * registry.status().map(({ name, mode }) => `${name} ${mode}`); // => ["users enforce", "users.retry shadow", "users.bulkhead enforce"]
 * ```
 */
export function policyRegistry(options: RegistryOptions = {}): PolicyRegistry {
  return new PolicyRegistry(options);
}
