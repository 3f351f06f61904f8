import { type ConstDirectiveNode, type FieldDefinitionNode, Kind, type TypeNode } from 'graphql';
import { directiveArgument } from '../schema/directive-argument';
import type { SupergraphSchema } from '../schema/supergraph-schema';

/** What `@cost` and `@listSize` say of a field, with defaults: https://ibm.github.io/graphql-specs/cost-spec.html */
export interface FieldCost {
  readonly weight: number;
  readonly isList: boolean;
  readonly typeName: string;
  readonly assumedSize: number | undefined;
  readonly slicingArguments: readonly string[];
  readonly sizedFields: readonly string[];
  readonly argumentWeights: ReadonlyMap<string, number>;
  readonly defaults: ReadonlyMap<string, number>;
}

/** Where a connection keeps its page: https://relay.dev/graphql/connections.htm. */
const connectionFields = ['edges', 'nodes', 'items'];
const pageArguments = new Set(['first', 'last', 'limit', 'pageSize']);

/** The costs of a supergraph's fields. */
export class FieldCosts {
  private readonly known = new Map<string, FieldCost | undefined>();
  private readonly costName: string;
  private readonly listSizeName: string;

  constructor(private readonly schema: SupergraphSchema) {
    this.costName = schema.directiveName('cost', 'cost');
    this.listSizeName = schema.directiveName('cost', 'listSize');
  }

  of(typeName: string, name: string): FieldCost | undefined {
    const key = `${typeName}.${name}`;
    if (!this.known.has(key)) this.known.set(key, this.read(typeName, name));
    return this.known.get(key);
  }

  private read(typeName: string, name: string): FieldCost | undefined {
    const type = this.schema.types.get(typeName);
    if (type?.kind !== Kind.OBJECT_TYPE_DEFINITION && type?.kind !== Kind.INTERFACE_TYPE_DEFINITION) {
      return undefined;
    }
    const field = type.fields?.find(f => f.name.value === name);
    if (!field) return undefined;
    const { isList, named } = unwrap(field.type);
    const listSize = field.directives?.find(d => d.name.value === this.listSizeName);
    const assumed = listSize && directiveArgument(listSize, 'assumedSize');
    return {
      weight: this.weightOf(field) ?? this.weightOfType(named),
      isList,
      typeName: named,
      assumedSize: typeof assumed === 'number' ? assumed : undefined,
      // Arguments with the usual names of page sizes count as such without a directive.
      slicingArguments: listSize
        ? strings(directiveArgument(listSize, 'slicingArguments'))
        : (field.arguments ?? []).map(a => a.name.value).filter(n => pageArguments.has(n)),
      sizedFields: listSize
        ? strings(directiveArgument(listSize, 'sizedFields'))
        : isList
          ? []
          : connectionFields,
      ...this.argumentsOf(field),
    };
  }

  private argumentsOf(field: FieldDefinitionNode): Pick<FieldCost, 'argumentWeights' | 'defaults'> {
    const argumentWeights = new Map<string, number>();
    const defaults = new Map<string, number>();
    for (const argument of field.arguments ?? []) {
      const weight = this.weightOf(argument);
      if (weight !== undefined) argumentWeights.set(argument.name.value, weight);
      if (argument.defaultValue?.kind === Kind.INT) {
        defaults.set(argument.name.value, Number(argument.defaultValue.value));
      }
    }
    return { argumentWeights, defaults };
  }

  /** An object costs 1, a leaf 0. */
  private weightOfType(name: string): number {
    const type = this.schema.types.get(name);
    if (!type) return 0;
    const isLeaf = type.kind === Kind.SCALAR_TYPE_DEFINITION || type.kind === Kind.ENUM_TYPE_DEFINITION;
    return this.weightOf(type) ?? (isLeaf ? 0 : 1);
  }

  private weightOf(node: { readonly directives?: readonly ConstDirectiveNode[] }): number | undefined {
    const directive = node.directives?.find(d => d.name.value === this.costName);
    const weight = directive && directiveArgument(directive, 'weight');
    return typeof weight === 'number' ? weight : undefined;
  }
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(v => typeof v === 'string') : [];
}

function unwrap(node: TypeNode): { isList: boolean; named: string } {
  let isList = false;
  let type = node;
  while (type.kind !== Kind.NAMED_TYPE) {
    if (type.kind === Kind.LIST_TYPE) isList = true;
    type = type.type;
  }
  return { isList, named: type.name.value };
}
