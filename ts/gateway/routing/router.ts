/** Which route serves a request: by host first, then by the longest path prefix, whole segments only. */

/** What a route is found by. */
export interface Matchable {
  /** Lower-case host names and `*.suffix` patterns; none means every host. */
  readonly hosts: readonly string[];
  /** Path prefix, without a final slash unless it is the root. */
  readonly pathPrefix: string;
}

/** Routes of one host, by prefix. Prefixes are looked up from the longest possible cut of the path to the shortest. */
class PrefixTable<R extends Matchable> {
  readonly #byPrefix = new Map<string, R>();
  #longest = 0;
  #root: R | undefined;

  add(route: R): void {
    this.#byPrefix.set(route.pathPrefix, route);
    this.#longest = Math.max(this.#longest, route.pathPrefix.length);
    if (route.pathPrefix === "/") this.#root = route;
  }

  find(path: string): R | undefined {
    if (this.#longest > 1) {
      let end = path.length;
      while (end > this.#longest) end = path.lastIndexOf("/", end - 1);
      while (end > 0) {
        const route = this.#byPrefix.get(path.slice(0, end));
        if (route !== undefined) return route;
        end = path.lastIndexOf("/", end - 1);
      }
    }
    return this.#root;
  }
}

/** Finds routes. Build one for each configuration; it never changes. */
export class Router<R extends Matchable> {
  readonly #exact = new Map<string, PrefixTable<R>>();
  readonly #suffixes = new Map<string, PrefixTable<R>>();
  readonly #any = new PrefixTable<R>();

  constructor(routes: readonly R[]) {
    for (const route of routes) {
      if (route.hosts.length === 0) this.#any.add(route);
      for (const host of route.hosts) {
        const [tables, key] = host.startsWith("*.") ? [this.#suffixes, host.slice(1)] : [this.#exact, host];
        let table = tables.get(key);
        if (table === undefined) {
          table = new PrefixTable<R>();
          tables.set(key, table);
        }
        table.add(route);
      }
    }
  }

  /**
   * The route for a lower-case host name and a path. Tables are tried from the most to the least specific host: the
   * exact name, the longest suffix pattern, every host; the first that has a prefix of the path decides.
   */
  find(hostName: string, path: string): R | undefined {
    if (this.#exact.size > 0) {
      const route = this.#exact.get(hostName)?.find(path);
      if (route !== undefined) return route;
    }
    if (this.#suffixes.size > 0) {
      for (let dot = hostName.indexOf(".", 1); dot > 0; dot = hostName.indexOf(".", dot + 1)) {
        const route = this.#suffixes.get(hostName.slice(dot))?.find(path);
        if (route !== undefined) return route;
      }
    }
    return this.#any.find(path);
  }
}

/** The path that the instance sees: the matched prefix replaced. */
export function rewritePath(path: string, matchedPrefix: string, replacement: string | undefined): string {
  if (replacement === undefined) return path;
  const rest = matchedPrefix === "/" ? path : path.slice(matchedPrefix.length);
  const base = replacement.endsWith("/") ? replacement.slice(0, -1) : replacement;
  if (rest === "") return base || "/";
  // What is left may begin with several slashes; a path that begins with two can be read as a host.
  return `${base}/${rest.replace(/^\/+/, "")}`;
}
