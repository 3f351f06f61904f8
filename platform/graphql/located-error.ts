import { type FieldNode, type GraphQLError, locatedError, type Source, type SourceLocation } from 'graphql';

/**
 * Errors of one execution at most; later ones are dropped, and their fields are null. A list can have thousands of failed fields, and
 * an error costs more than a value.
 */
export const maxExecutionErrors = 500;

interface Place {
  readonly nodes: readonly FieldNode[];
  readonly locations: readonly SourceLocation[] | undefined;
}

const places = new WeakMap<readonly FieldNode[], Place>();
const lineStarts = new WeakMap<Source, readonly number[]>();

/**
 * As `locatedError` of graphql-js, which reads the document from its beginning for each error to find the line: 20,000 errors took
 * 19 s. Here the lines of a document are found once, and the location of a field once.
 */
export function errorAt(
  error: unknown,
  nodes: readonly FieldNode[],
  path: readonly (string | number)[],
): GraphQLError {
  let place = places.get(nodes);
  if (place === undefined) {
    place = { nodes: nodes.map(({ loc: _, ...node }) => node), locations: locationsOf(nodes) };
    places.set(nodes, place);
  }
  const located = locatedError(error, place.nodes, path);
  // An error of a literal has the location of that literal.
  return located.locations === undefined && place.locations !== undefined
    ? Object.assign(located, { locations: place.locations })
    : located;
}

function locationsOf(nodes: readonly FieldNode[]): readonly SourceLocation[] | undefined {
  const locations = nodes.flatMap(({ loc }) => (loc ? [locationIn(loc.source, loc.start)] : []));
  return locations.length === 0 ? undefined : locations;
}

function locationIn(source: Source, offset: number): SourceLocation {
  const starts = lineStarts.get(source) ?? linesOf(source.body);
  lineStarts.set(source, starts);
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] as number) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (starts[low] as number) + 1 };
}

function linesOf(text: string): number[] {
  return [0, ...[...text.matchAll(/\r\n|[\n\r]/g)].map(({ index, 0: end }) => index + end.length)];
}
