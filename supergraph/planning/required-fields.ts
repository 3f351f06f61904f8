import {
  type ConstDirectiveNode,
  type DefinitionNode,
  type FieldDefinitionNode,
  type FieldNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type NameNode,
  type ObjectTypeDefinitionNode,
  parse,
  print,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { directiveArgument } from '../schema/directive-argument';
import { readSupergraph, type SupergraphSchema } from '../schema/supergraph-schema';
import { argumentsText, fieldSet, hasArguments } from './field-sets';
import type { JoinedFields } from './joined-fields';
import type { PlanNode, RequiredSelection } from './plan';

type Composite = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

/**
 * Lets planners plan fields that `@requires` one field with different arguments.
 *
 * Planners confuse the values of such a field, leave one of them out, or fail. So they read a supergraph in which each of them is a field
 * of its own, without arguments: `price(currency: "EUR")` is `_required1_price`. In the finished plan it is `_required1_price: price(currency:
 * "EUR")`, and a representation calls it `price` again.
 */
export class RequiredFields {
  /** The supergraph for planners. */
  readonly schema: SupergraphSchema;
  /** Name in the supergraph for planners → the field with its arguments. */
  private readonly originals = new Map<string, FieldNode>();
  /** Field with arguments, as text → name in the supergraph for planners. */
  private readonly names = new Map<string, string>();
  /** Type → names of fields to add. */
  private readonly added = new Map<string, Set<string>>();

  constructor(
    private readonly actual: SupergraphSchema,
    private readonly joined: JoinedFields,
  ) {
    const isNeeded = joined.some(({ requires }) => requires !== undefined && hasArguments(requires));
    this.schema = isNeeded ? readSupergraph(this.sdlForPlanners()) : actual;
  }

  get haveArguments(): boolean {
    return this.originals.size > 0;
  }

  /** The field with its arguments that has this name in the supergraph for planners. */
  originalOf(name: string): FieldNode | undefined {
    return this.originals.get(name);
  }

  /** The plan with the fields that the services know. */
  restored<Node extends PlanNode>(node: Node): Node;
  restored(node: PlanNode): PlanNode {
    if (!this.haveArguments) return node;
    if ('nodes' in node) return { ...node, nodes: node.nodes.map(each => this.restored(each)) };
    if (node.kind === 'condition') {
      const [whenTrue, whenFalse] = [node.whenTrue, node.whenFalse].map(each => each && this.restored(each));
      return { ...node, whenTrue, whenFalse };
    }
    const operation = this.restoredOperation(node.operation);
    if (node.kind === 'fetch') return { ...node, operation };
    const targets = node.targets.map(target => ({
      ...target,
      requires: target.requires.map(each => this.restoredSelection(each)),
    }));
    return { ...node, operation, targets };
  }

  private sdlForPlanners(): string {
    const document = parse(this.actual.sdl, { noLocation: true });
    // First all requirements, and then copies of the fields, which may have requirements themselves.
    const required = document.definitions.map(one => (isComposite(one) ? this.withRequirements(one) : one));
    return print({
      ...document,
      definitions: required.map(one => (isComposite(one) ? this.withFields(one) : one)),
    });
  }

  private withRequirements<Type extends Composite>(type: Type): Type {
    const joinField = this.actual.directiveName('join', 'field');
    const renamed = (directive: ConstDirectiveNode): ConstDirectiveNode => {
      const text = directive.name.value === joinField ? directiveArgument(directive, 'requires') : undefined;
      if (typeof text !== 'string') return directive;
      const set = this.renamed(fieldSet(text), type.name.value);
      const value = print(set).replace(/\s+/g, ' ').slice(1, -1).trim();
      return {
        ...directive,
        arguments: directive.arguments?.map(argument =>
          argument.name.value === 'requires'
            ? { ...argument, value: { kind: Kind.STRING as const, value } }
            : argument,
        ),
      };
    };
    return {
      ...type,
      fields: type.fields?.map(field => ({ ...field, directives: field.directives?.map(renamed) })),
    };
  }

  private renamed(set: SelectionSetNode, type: string): SelectionSetNode {
    const selections = set.selections.map((node): SelectionNode => {
      if (node.kind === Kind.INLINE_FRAGMENT) {
        return {
          ...node,
          selectionSet: this.renamed(node.selectionSet, node.typeCondition?.name.value ?? type),
        };
      }
      if (node.kind !== Kind.FIELD) return node;
      const inner = this.joined.typeOf(type, node.name.value);
      const { selectionSet } = node;
      const field =
        selectionSet && inner ? { ...node, selectionSet: this.renamed(selectionSet, inner) } : node;
      if (!field.arguments?.length) return field;
      return { ...field, name: nameNode(this.nameOf(field, type)), arguments: [] };
    });
    return { ...set, selections };
  }

  private nameOf(field: FieldNode, type: string): string {
    const text = `${field.name.value}(${argumentsText(field)})`;
    const name = this.names.get(text) ?? `_required${this.names.size + 1}_${field.name.value}`;
    this.names.set(text, name);
    this.originals.set(name, field);
    for (const each of [type, ...this.implementationsOf(type)]) {
      this.added.set(each, (this.added.get(each) ?? new Set()).add(name));
    }
    return name;
  }

  private *implementationsOf(type: string): Iterable<string> {
    for (const [name, definition] of this.actual.types) {
      const interfaces = isComposite(definition) ? definition.interfaces : undefined;
      if (interfaces?.some(one => one.name.value === type)) yield name;
    }
  }

  private withFields<Type extends Composite>(type: Type): Type {
    const copies = [...(this.added.get(type.name.value) ?? [])].flatMap((name): FieldDefinitionNode[] => {
      const original = this.originals.get(name)!.name.value;
      const field = type.fields?.find(one => one.name.value === original);
      return field ? [{ ...field, name: nameNode(name), arguments: [] }] : [];
    });
    return copies.length === 0 ? type : { ...type, fields: [...(type.fields ?? []), ...copies] };
  }

  private restoredOperation(operation: string): string {
    if (!operation.includes('_required')) return operation;
    const document = parse(operation, { noLocation: true });
    const restored = visit(document, {
      Field: field => {
        const original = this.originals.get(field.name.value);
        if (original === undefined) return undefined;
        return {
          ...field,
          alias: field.alias ?? field.name,
          name: original.name,
          arguments: original.arguments,
        };
      },
    });
    return print(restored);
  }

  private restoredSelection(selection: RequiredSelection): RequiredSelection {
    const selections = selection.selections?.map(each => this.restoredSelection(each));
    if (selection.kind === 'fragment') return { ...selection, selections: selections ?? [] };
    const name = this.originals.get(selection.name)?.name.value ?? selection.name;
    return { ...selection, name, selections };
  }
}

function isComposite(node: DefinitionNode): node is Composite {
  return node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.INTERFACE_TYPE_DEFINITION;
}

function nameNode(value: string): NameNode {
  return { kind: Kind.NAME, value };
}
