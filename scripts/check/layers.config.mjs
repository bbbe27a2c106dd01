/**
 * The order of the house, for dependency-cruiser: a folder of ts/ imports only folders listed before it, and only their
 * faces (index.ts). A folder that is not in this list yet has no place in the order and is refused.
 */
export const layers = [
  "kernel",
  "core",
  "shared",
  "script",
  "native",
  "debug",
  "views",
  "as-bind",
  "errors",
  "storage",
  "resilience",
  "fetch",
  "undici",
  "redis",
  "probes",
  "telemetry",
  "analysis",
  "monitoring",
  "environments",
  "simulation",
  "placement",
  "coordination",
  "consensus",
  "replication",
  "transactions",
  "locks",
  "concurrency",
  "services",
  "flow",
  "awareness",
  "chaos",
  "dashboard",
  "gateway",
  "cli",
];

/** Folders that own sockets and files, and may use installed packages for it. */
const hosted = ["gateway", "cli"];

/** Folders that a process serves: node's own modules are theirs to use. All others run wherever JavaScript does. */
const onNode = ["native", "dashboard", ...hosted];

const upward = layers.slice(0, -1).map((layer, index) => ({
  name: `${layer}-imports-downward`,
  comment: `ts/${layer} imports only the folders before it in scripts/check/layers.config.mjs`,
  severity: "error",
  from: { path: `^ts/${layer}/` },
  to: { path: `^ts/(${layers.slice(index + 1).join("|")})/` },
}));

export default {
  forbidden: [
    ...upward,
    {
      name: "known-folder",
      comment: "a new folder of ts/ gets its place in scripts/check/layers.config.mjs",
      severity: "error",
      from: { path: `^ts/(?!(${layers.join("|")})/)[^/]+/` },
      to: {},
    },
    {
      name: "through-the-face",
      comment: "import another folder's index.ts, not what is behind it",
      severity: "error",
      from: { path: "^ts/([^/]+)/" },
      to: { path: "^ts/[^/]+/", pathNot: ["^ts/$1/", "/index\\.ts$"] },
    },
    {
      name: "root-reexports-faces",
      comment: "ts/index.ts re-exports faces only",
      severity: "error",
      from: { path: "^ts/index\\.ts$" },
      to: { path: "^(ts|bindings)/", pathNot: "^ts/(kernel|core|resilience)/index\\.ts$" },
    },
    {
      name: "nobody-imports-the-root",
      comment: "inside the package, import the folder that you mean",
      severity: "error",
      from: { path: "^(ts|bindings)/" },
      to: { path: "^ts/index\\.ts$" },
    },
    {
      name: "bindings-through-core",
      comment: "only the folders that are faces of the core know the bindings",
      severity: "error",
      from: { path: "^ts/", pathNot: "^ts/(core|shared|native|script|debug|views|as-bind)/" },
      to: { path: "^bindings/" },
    },
    {
      name: "bindings-stand-below",
      comment: "bindings import the kernel at most",
      severity: "error",
      from: { path: "^bindings/" },
      to: { path: "^ts/", pathNot: "^ts/kernel/index\\.ts$" },
    },
    {
      name: "runs-everywhere",
      comment: "what is not served by a process runs without node",
      severity: "error",
      from: { path: "^(ts|bindings)/", pathNot: `^ts/(${onNode.join("|")})/` },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "needs-no-package",
      comment: "only the gateway and the command line may import an installed package",
      severity: "error",
      from: { path: "^(ts|bindings)/", pathNot: `^ts/(${hosted.join("|")})/` },
      to: { dependencyTypes: ["npm", "npm-dev", "npm-optional", "npm-peer"] },
    },
    {
      name: "sources-stand-alone",
      comment: "what is published imports neither tests nor tools",
      severity: "error",
      from: { path: "^(ts|bindings)/" },
      to: { path: "^(test|scripts|bench|examples)/" },
    },
    {
      name: "no-cycle",
      comment: "no file imports itself by a detour; types, which are gone when the code runs, may",
      severity: "error",
      from: { path: "^(ts|bindings)/" },
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "resolvable",
      comment: "an import leads somewhere",
      severity: "error",
      from: { path: "^(ts|bindings)/" },
      to: { couldNotResolve: true, pathNot: "^#wasm(-full|-script|-shared|-debug)?$" },
    },
  ],
  options: {
    doNotFollow: { path: ["node_modules", "^dist"] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["node", "import", "types", "default"] },
  },
};
