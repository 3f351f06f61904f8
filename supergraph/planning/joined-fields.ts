import { type FieldDefinitionNode, Kind, type SelectionSetNode, type TypeNode } from 'graphql';
import { directiveArgument } from '../schema/directive-argument';
import { graphNames, type SupergraphSchema } from '../schema/supergraph-schema';
import { fieldSet } from './field-sets';

/** What one service has to do with one field (`@join__field`, https://specs.apollo.dev/join/v0.5). */
export interface JoinedField {
  readonly external: boolean;
  readonly requires: SelectionSetNode | undefined;
  readonly provides: SelectionSetNode | undefined;
}

/** The `@join__field` and the keys of a supergraph, by service. */
export class JoinedFields {
  /** `service Type.field` → the directive of that service. */
  private readonly fields = new Map<string, JoinedField>();
  private readonly definitions = new Map<string, FieldDefinitionNode>();
  /** `service Type` → the keys that the service resolves. */
  private readonly keys = new Map<string, SelectionSetNode[]>();

  constructor({ types, directiveName }: SupergraphSchema) {
    const names = graphNames(types, directiveName);
    const [joinType, joinField] = [directiveName('join', 'type'), directiveName('join', 'field')];
    for (const [name, type] of types) {
      for (const directive of type.directives ?? []) {
        const key = directive.name.value === joinType ? directiveArgument(directive, 'key') : undefined;
        if (typeof key !== 'string' || directiveArgument(directive, 'resolvable') === false) continue;
        const place = `${names.get(directiveArgument(directive, 'graph'))} ${name}`;
        this.keys.set(place, [...(this.keys.get(place) ?? []), fieldSet(key)]);
      }
      if (type.kind !== Kind.OBJECT_TYPE_DEFINITION && type.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
      for (const field of type.fields ?? []) {
        this.definitions.set(`${name}.${field.name.value}`, field);
        for (const directive of field.directives ?? []) {
          if (directive.name.value !== joinField) continue;
          const external = directiveArgument(directive, 'external') === true;
          const [requires, provides] = ['requires', 'provides'].map(name => {
            const text = directiveArgument(directive, name);
            return typeof text === 'string' ? fieldSet(text) : undefined;
          });
          if (!external && !requires && !provides) continue;
          const place = `${names.get(directiveArgument(directive, 'graph'))} ${name}.${field.name.value}`;
          this.fields.set(place, { external, requires, provides });
        }
      }
    }
  }

  /** Undefined where the field is joined without more to say, or not at all. */
  of(service: string, type: string, field: string): JoinedField | undefined {
    return this.fields.get(`${service} ${type}.${field}`);
  }

  some(condition: (field: JoinedField) => boolean): boolean {
    return [...this.fields.values()].some(condition);
  }

  keysOf(service: string, type: string): readonly SelectionSetNode[] | undefined {
    return this.keys.get(`${service} ${type}`);
  }

  /** The name of the type of a field. */
  typeOf(type: string, field: string): string | undefined {
    let node: TypeNode | undefined = this.definitions.get(`${type}.${field}`)?.type;
    while (node && node.kind !== Kind.NAMED_TYPE) node = node.type;
    return node?.name.value;
  }
}
