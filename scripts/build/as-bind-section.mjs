/**
 * A transform for asc that writes the custom section `as-bind_bindings`, by which as-bind 0.8.2 binds a module: each exported function
 * with the names of its types. as-bind's own transform loads the compiler by `require`, which it has not allowed since version 0.20.
 */
import { CommonFlags, NodeKind } from "assemblyscript";
import { Transform } from "assemblyscript/transform";

/** A type by the name that as-bind looks converters up with. */
const nameOf = (type) => type.getClass()?.internalName ?? type.toString();

/** What the section says: the exported functions of our own files, and the classes that they take and give. */
function describe(program) {
  const typeIds = {};
  const exportedFunctions = {};
  for (const { instances, declaration, flags, internalName } of program.elementsByDeclaration.values()) {
    const isExported = declaration.kind === NodeKind.FunctionDeclaration && (flags & CommonFlags.ModuleExport) !== 0;
    // A function has one instance; generic ones cannot be exported.
    const [instance] = isExported && !internalName.startsWith("~") ? (instances?.values() ?? []) : [];
    if (instance === undefined) continue;
    const { returnType, parameterTypes } = instance.signature;
    exportedFunctions[instance.name] = { returnType: nameOf(returnType), parameters: parameterTypes.map(nameOf) };
    for (const managed of [returnType, ...parameterTypes].map((type) => type.getClass())) {
      if (managed) typeIds[managed.internalName] = { id: managed.id, byteSize: managed.nextMemoryOffset };
    }
  }
  return { typeIds, importedFunctions: {}, exportedFunctions };
}

export default class AsBindSection extends Transform {
  afterCompile(module) {
    module.addCustomSection("as-bind_bindings", new TextEncoder().encode(JSON.stringify(describe(this.program))));
  }
}
