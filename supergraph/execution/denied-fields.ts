import { type AccessRules, denial, type Requirement } from '../operations/access';
import type { Denials, Selection } from '../operations/selection';
import { RequestError } from '../request-error';
import { noRights, type RequestContext, type Rights } from '../supergraph-executor';
import { type OutgoingError, outgoingError } from './errors';
import type { DeniedField } from './prepared-operation';

export function denialsFor(access: AccessRules, rights: Rights): Denials {
  const denies = (requirement: Requirement | undefined): boolean =>
    requirement !== undefined && !requirement.allows(rights);
  return {
    field: (type, field) => denies(access.ofField(type, field)),
    type: name => denies(access.ofType(name)),
  };
}

/** The paths of denied fields. As in Apollo Router, an `@` stands for every item of a list. */
export function deniedFields(
  selections: readonly Selection[],
  access: AccessRules | undefined,
): DeniedField[] {
  const found = new Map<string, DeniedField>();
  const visit = (set: readonly Selection[], path: readonly string[]): void => {
    for (const selection of set) {
      if (selection.kind === 'fragment') {
        visit(selection.selections, path);
        continue;
      }
      const at = [...path, selection.key];
      if (selection.denied) {
        const requirement = access?.ofField(selection.parent.name, selection.name);
        found.set(at.join('.'), { path: at, requirement });
      } else if (selection.selections) {
        visit(selection.selections, [...at, ...listSegments(String(selection.definition.type))]);
      }
    }
  };
  visit(selections, []);
  return [...found.values()];
}

function listSegments(type: string): string[] {
  return [...type].filter(c => c === '[').map(() => '@');
}

/** The error of each denied field in an answer with the other fields. */
export function denialErrors(
  denied: readonly DeniedField[],
  rights: Rights,
  traceId: string | undefined,
): OutgoingError[] {
  return denied.map(({ path, requirement }) => {
    const error = denial(requirement, rights);
    return outgoingError(error, error.message, traceId, { path });
  });
}

/** Refuses the whole operation for its first denied field. */
export function refusal(denied: readonly DeniedField[], { rights = noRights }: RequestContext): RequestError {
  const error = denial(denied[0]?.requirement, rights);
  return new RequestError('denied', error, error.message, { details: error.details });
}
