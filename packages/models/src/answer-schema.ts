import { z } from 'zod';

/** What a server is told about the answer it shall give. */
export interface AnswerSchema {
  readonly name: string;
  readonly json: Record<string, unknown>;
  /** Does it keep to what "strict" asks for: closed objects with every property required? */
  readonly strict: boolean;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isStrict(node: unknown): boolean {
  if (Array.isArray(node)) return node.every(isStrict);
  if (!isObject(node)) return true;
  if (isObject(node.properties)) {
    const required = Array.isArray(node.required) ? node.required.length : 0;
    if (node.additionalProperties !== false || required < Object.keys(node.properties).length) return false;
  } else if (node.type === 'object') return false;
  return Object.values(node).every(isStrict);
}

/** The JSON Schema of what a zod schema reads, with closed objects. */
export function answerSchema(schema: z.ZodType, name: string): AnswerSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      if (jsonSchema.properties !== undefined) jsonSchema.additionalProperties ??= false;
    },
  });
  return { name: name.replaceAll(/[^a-zA-Z0-9_-]/g, '_').slice(0, 64), json, strict: isStrict(json) };
}
