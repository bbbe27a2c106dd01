/** A naive JSON Schema validator, for the keywords that our schema uses; any other keyword is an error, so none is missed. */

type Schema = Readonly<Record<string, unknown>>;

const annotations = new Set(["$schema", "title", "description", "default"]);

/** Whether `value` is valid under `schema`. */
export function isValid(schema: Schema, value: unknown): boolean {
  return Object.keys(schema).every((keyword) => annotations.has(keyword) || check(keyword, schema, value));
}

function check(keyword: string, schema: Schema, value: unknown): boolean {
  const rule = schema[keyword] as never;
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  switch (keyword) {
    case "type":
      return hasType(rule, value);
    case "enum":
      return (rule as unknown[]).includes(value);
    case "pattern":
      return typeof value !== "string" || new RegExp(rule, "u").test(value);
    case "minimum":
      return typeof value !== "number" || value >= rule;
    case "maximum":
      return typeof value !== "number" || value <= rule;
    case "anyOf":
      return (rule as Schema[]).some((option) => isValid(option, value));
    case "items":
      return !Array.isArray(value) || value.every((item) => isValid(rule, item));
    case "minItems":
      return !Array.isArray(value) || value.length >= rule;
    case "maxItems":
      return !Array.isArray(value) || value.length <= rule;
    case "required":
      return !isObject || (rule as string[]).every((key) => Object.hasOwn(value, key));
    case "properties":
      return (
        !isObject || Object.entries(value).every(([key, item]) => !Object.hasOwn(rule, key) || isValid(rule[key], item))
      );
    case "additionalProperties": {
      const known = (schema["properties"] ?? {}) as object;
      return (
        !isObject ||
        Object.entries(value).every(
          ([key, item]) => Object.hasOwn(known, key) || (rule !== false && isValid(rule, item)),
        )
      );
    }
    case "propertyNames":
      return !isObject || Object.keys(value).every((key) => isValid(rule, key));
    case "minProperties":
      return !isObject || Object.keys(value).length >= rule;
    default:
      throw new Error(`no reading of the keyword ${keyword}`);
  }
}

function hasType(type: string, value: unknown): boolean {
  switch (type) {
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "array":
      return Array.isArray(value);
    case "integer":
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}
