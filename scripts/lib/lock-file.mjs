/**
 * Lock files that serve every system. npm leaves the optional binary of another system out of the lock file when the
 * registry that it asked did not have it, and then `npm ci` refuses the file everywhere. Each such package is pinned to one
 * version by its parent and says its system in its name, so its entry can be written without asking anybody; it has no
 * integrity, which npm adds where it installs the package.
 */

const systems = ["android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "aix", "win32"];
const processors = ["arm64", "arm", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "x64"];

/** What package.json of a binary would say, from the words of its name. */
function systemOf(name) {
  const words = name.split("/").at(-1).split(/[-.]/);
  const os = systems.filter((system) => words.includes(system));
  const cpu = processors.filter((processor) => words.includes(processor));
  if (os.length !== 1 || cpu.length !== 1)
    throw new Error(`${name} does not name its system; add it to the lock file by hand`);
  const libc = words.some((word) => word.startsWith("musl"))
    ? ["musl"]
    : words.includes("gnu") && os[0] === "linux"
      ? ["glibc"]
      : undefined;
  return { cpu, libc, os };
}

/** The entry that node's own look-up would find for `name` from the package at `path`. */
function entryFor(packages, path, name) {
  for (let folder = path; ; folder = folder.replace(/\/?node_modules\/(?:@[^/]+\/)?[^/]+$/, "")) {
    const found = packages[`${folder === "" ? "" : `${folder}/`}node_modules/${name}`];
    if (found !== undefined || folder === "") return found;
  }
}

/** The folders with a lock file of their own. */
export const lockedFolders = [".", "test/hosts", "bench/peers", "native"];

/** The entries that a lock file lacks. */
export function missingBinaries(lock) {
  const missing = {};
  for (const [path, { optionalDependencies = {}, dev }] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      if (entryFor(lock.packages, path, name) !== undefined) continue;
      if (!/^\d+\.\d+\.\d+$/.test(version))
        throw new Error(`${path} wants ${name} ${version}, which is no exact version`);
      const { cpu, libc, os } = systemOf(name);
      // In npm's own order, so that npm finds nothing to rewrite.
      missing[`node_modules/${name}`] = {
        version,
        cpu,
        ...(dev ? { dev } : {}),
        ...(libc === undefined ? {} : { libc }),
        optional: true,
        os,
      };
    }
  }
  return missing;
}
