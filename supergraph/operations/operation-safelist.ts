import { readFileSync } from 'node:fs';
import { GraphQLError, parse } from 'graphql';
import { z } from 'zod';
import { ConfigError } from '../../platform/config';
import { AppError } from '../../platform/errors';
import { assertTextLimits } from '../../platform/graphql/text-limits';

/** Apollo's manifest (https://www.apollographql.com/docs/graphos/platform/security/persisted-queries#manifest-format). */
const manifest = z.object({
  format: z.literal('apollo-persisted-query-manifest'),
  version: z.literal(1),
  operations: z.array(
    z.object({
      id: z.string().min(1).max(200),
      name: z.string(),
      type: z.enum(['query', 'mutation', 'subscription']),
      body: z.string(),
    }),
  ),
});

/** The persisted documents of GraphQL Code Generator (https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#persisted-documents): id → text. */
const persistedDocuments = z.record(z.string().min(1).max(200), z.string());

/** Operations that were listed when clients were built. */
export class OperationSafelist {
  private readonly byId = new Map<string, string>();
  private readonly bodies = new Set<string>();

  constructor(operations: readonly { id: string; body: string }[]) {
    for (const { id, body } of operations) {
      this.byId.set(id, body);
      this.bodies.add(body);
    }
  }

  bodyOf(id: string): string | undefined {
    return this.byId.get(id);
  }

  /** Whether this is the text of one of them, to the letter. */
  has(body: string): boolean {
    return this.bodies.has(body);
  }
}

/** @throws ConfigError with everything that is wrong in the file */
export function readOperationSafelist(file: string): OperationSafelist {
  let given: unknown;
  try {
    given = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'is not JSON' : 'cannot be read';
    throw new ConfigError([
      `${file} ${reason}: set PERSISTED_OPERATIONS_MANIFEST to a manifest, or run npm run codegen`,
    ]);
  }
  const documents = persistedDocuments.safeParse(given);
  const read = manifest.safeParse(documents.success ? manifestOf(documents.data) : given);
  if (!read.success) {
    throw new ConfigError(
      read.error.issues.map(
        ({ path, message }) => `${file} is not a manifest of operations: ${[...path, message].join(' ')}`,
      ),
    );
  }
  const { operations } = read.data;
  const ids = new Set<string>();
  const mistakes = operations.flatMap(({ id, name, body }) => {
    const reason = ids.has(id) ? 'has an id that another has too' : mistakeIn(body);
    ids.add(id);
    return reason === undefined ? [] : [`${file}: the operation ${name} ${reason}`];
  });
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return new OperationSafelist(operations);
}

function manifestOf(documents: Readonly<Record<string, string>>): z.input<typeof manifest> {
  const operations = Object.entries(documents).map(([id, body]) => ({
    id,
    name: id,
    type: 'query' as const,
    body,
  }));
  return { format: 'apollo-persisted-query-manifest', version: 1, operations };
}

function mistakeIn(body: string): string | undefined {
  try {
    assertTextLimits(body);
    parse(body, { noLocation: true });
    return undefined;
  } catch (error) {
    if (error instanceof GraphQLError || error instanceof AppError) return `does not parse: ${error.message}`;
    throw error;
  }
}
