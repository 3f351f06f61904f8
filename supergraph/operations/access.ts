import {
  type ConstDirectiveNode,
  type FieldDefinitionNode,
  Kind,
  parse,
  type SelectionSetNode,
} from 'graphql';
import { type AppError, forbidden, unauthenticated } from '../../platform/errors';
import { decisiveGrant } from '../../platform/security/permissions';
import { directiveArgument } from '../schema/directive-argument';
import type { SupergraphSchema } from '../schema/supergraph-schema';
import type { Rights } from '../supergraph-executor';

/**
 * What one field or type requires of the caller. Lists of lists read "any of these, each with all of its own", as in
 * https://www.apollographql.com/docs/graphos/routing/security/authorization#requiresscopes; several such lists must all hold.
 */
export class Requirement {
  constructor(
    readonly authenticated: boolean,
    readonly scopes: readonly (readonly (readonly string[])[])[],
    readonly policies: readonly (readonly (readonly string[])[])[],
  ) {}

  allows({ isAuthenticated, scopes, policies }: Rights): boolean {
    if (this.authenticated && !isAuthenticated) return false;
    const isHeld = (scope: string): boolean =>
      scopes.has(scope) || decisiveGrant(scopes, scope) !== undefined;
    for (const anyOf of this.scopes) if (!anyOf.some(all => all.every(isHeld))) return false;
    for (const anyOf of this.policies)
      if (!anyOf.some(all => all.every(name => policies.has(name)))) return false;
    return true;
  }

  /** A scope that would help; undefined when it is something else that is missing. */
  missingScope({ scopes }: Rights): string | undefined {
    for (const [first = [], ...others] of this.scopes) {
      const lacks = (all: readonly string[]): string | undefined =>
        all.find(scope => decisiveGrant(scopes, scope) === undefined);
      const missing = lacks(first);
      if (missing !== undefined && others.every(all => lacks(all) !== undefined)) return missing;
    }
    return undefined;
  }

  /** Both must hold. */
  static all(requirements: readonly (Requirement | undefined)[]): Requirement | undefined {
    const present = requirements.filter(r => r !== undefined);
    if (present.length <= 1) return present[0];
    return new Requirement(
      present.some(r => r.authenticated),
      present.flatMap(r => r.scopes),
      present.flatMap(r => r.policies),
    );
  }
}

/** The error of a service for such a caller (`platform/security/caller.ts`): gateway and service refuse alike. */
export function denial(requirement: Requirement | undefined, rights: Rights): AppError {
  if (!rights.isAuthenticated) return unauthenticated();
  const permission = requirement?.missingScope(rights);
  return permission === undefined
    ? forbidden()
    : forbidden(`This needs the permission ${permission}`, { permission });
}

/**
 * `@authenticated`, `@requiresScopes` and `@policy` of a supergraph, as the router enforces them
 * (https://www.apollographql.com/docs/graphos/routing/security/authorization#authorization-directives):
 *
 * - a field has the requirements of its own directives, of its type's and of its parent type's;
 * - a field selected on an interface has the requirements of all implementations, so that it does not bypass a protected one;
 * - a field that `@requires` others has their requirements: the plan fetches them for the caller.
 */
export class AccessRules {
  private readonly fields = new Map<string, Requirement | null>();
  private readonly types = new Map<string, Requirement | null>();
  private readonly inProgress = new Set<string>();

  private constructor(
    private readonly schema: SupergraphSchema,
    private readonly names: {
      authenticated: string;
      requiresScopes: string;
      policy: string;
      joinField: string;
    },
  ) {}

  /** Undefined when nothing in the supergraph is protected. */
  static read(schema: SupergraphSchema): AccessRules | undefined {
    const rules = new AccessRules(schema, {
      authenticated: schema.directiveName('authenticated', 'authenticated'),
      requiresScopes: schema.directiveName('requiresScopes', 'requiresScopes'),
      policy: schema.directiveName('policy', 'policy'),
      joinField: schema.directiveName('join', 'field'),
    });
    for (const [name, type] of schema.types) {
      if (rules.ofType(name)) return rules;
      if ('fields' in type && type.fields?.some(f => rules.ofDirectives(f.directives))) return rules;
    }
    return undefined;
  }

  ofType(typeName: string): Requirement | undefined {
    const known = this.types.get(typeName);
    if (known !== undefined) return known ?? undefined;
    const requirement = this.ofDirectives(this.schema.types.get(typeName)?.directives);
    this.types.set(typeName, requirement ?? null);
    return requirement;
  }

  ofField(typeName: string, fieldName: string): Requirement | undefined {
    const key = `${typeName}.${fieldName}`;
    const known = this.fields.get(key);
    if (known !== undefined) return known ?? undefined;
    // Two fields that require each other add nothing the second time round.
    if (this.inProgress.has(key)) return undefined;
    this.inProgress.add(key);
    const requirement = this.readField(typeName, fieldName);
    this.inProgress.delete(key);
    // A requirement read inside a cycle may be incomplete; only complete ones are cached.
    if (this.inProgress.size === 0) this.fields.set(key, requirement ?? null);
    return requirement;
  }

  private readField(typeName: string, fieldName: string): Requirement | undefined {
    const field = this.definition(typeName, fieldName);
    const parts: (Requirement | undefined)[] = [this.ofType(typeName)];
    if (field) {
      parts.push(this.ofDirectives(field.directives));
      parts.push(this.ofType(namedType(field)));
      parts.push(...this.ofRequired(typeName, field));
    }
    if (this.schema.types.get(typeName)?.kind === Kind.INTERFACE_TYPE_DEFINITION) {
      for (const implementation of this.schema.possibleTypes(typeName)) {
        parts.push(this.ofField(implementation, fieldName));
      }
    }
    return Requirement.all(parts);
  }

  private ofRequired(typeName: string, field: FieldDefinitionNode): (Requirement | undefined)[] {
    const parts: (Requirement | undefined)[] = [];
    for (const directive of field.directives ?? []) {
      if (directive.name.value !== this.names.joinField) continue;
      const required = directiveArgument(directive, 'requires');
      if (typeof required !== 'string') continue;
      const definition = parse(`{${required}}`, { noLocation: true }).definitions[0];
      if (definition?.kind === Kind.OPERATION_DEFINITION) {
        this.ofFieldSet(typeName, definition.selectionSet, parts);
      }
    }
    return parts;
  }

  private ofFieldSet(typeName: string, set: SelectionSetNode, parts: (Requirement | undefined)[]): void {
    for (const node of set.selections) {
      if (node.kind === Kind.FIELD) {
        const field = this.definition(typeName, node.name.value);
        parts.push(this.ofField(typeName, node.name.value));
        if (field && node.selectionSet) this.ofFieldSet(namedType(field), node.selectionSet, parts);
      } else if (node.kind === Kind.INLINE_FRAGMENT) {
        const type = node.typeCondition?.name.value ?? typeName;
        parts.push(this.ofType(type));
        this.ofFieldSet(type, node.selectionSet, parts);
      }
    }
  }

  private definition(typeName: string, fieldName: string): FieldDefinitionNode | undefined {
    const type = this.schema.types.get(typeName);
    return type?.kind === Kind.OBJECT_TYPE_DEFINITION || type?.kind === Kind.INTERFACE_TYPE_DEFINITION
      ? type.fields?.find(f => f.name.value === fieldName)
      : undefined;
  }

  private ofDirectives(directives: readonly ConstDirectiveNode[] | undefined): Requirement | undefined {
    let authenticated = false;
    const scopes: string[][][] = [];
    const policies: string[][][] = [];
    for (const directive of directives ?? []) {
      if (directive.name.value === this.names.authenticated) authenticated = true;
      if (directive.name.value === this.names.requiresScopes) scopes.push(lists(directive, 'scopes'));
      if (directive.name.value === this.names.policy) policies.push(lists(directive, 'policies'));
    }
    if (!authenticated && scopes.length === 0 && policies.length === 0) return undefined;
    return new Requirement(authenticated, scopes, policies);
  }
}

/** Mutations whose user is known by a credential in the arguments: they have the tag `credentials` and require nothing of a caller. */
export function anonymousMutations(
  schema: SupergraphSchema,
  access: AccessRules | undefined,
): ReadonlySet<string> {
  const root = schema.apiSchema.getMutationType()?.name ?? '';
  return new Set([...schema.credentialMutations].filter(name => access?.ofField(root, name) === undefined));
}

function lists(directive: ConstDirectiveNode, argument: string): string[][] {
  const value = directiveArgument(directive, argument);
  return Array.isArray(value) ? value.map(all => (Array.isArray(all) ? all.map(String) : [String(all)])) : [];
}

function namedType(field: FieldDefinitionNode): string {
  let type = field.type;
  while (type.kind !== Kind.NAMED_TYPE) type = type.type;
  return type.name.value;
}
