import { type GraphQLSchema, isNonNullType } from 'graphql';
import { platformErrors } from '../../platform/errors';
import { conditionVariables, fragmentsOf } from '../../platform/graphql/document';
import type { AccessRules, Requirement } from '../operations/access';
import { compileCost } from '../operations/cost';
import { FieldCosts } from '../operations/cost-directives';
import { assertValid, findOperation, type ParsedOperation, parseDocument } from '../operations/document';
import { checkDocument, checkText } from '../operations/document-limits';
import { introspectionFields } from '../operations/introspection';
import type { OperationLimits } from '../operations/limits';
import { type HasHiddenTypes, needsSubgraph, printForPlanner } from '../operations/planner-text';
import { type NamingRules, nameApart, namingRules } from '../operations/response-names';
import {
  type Denials,
  type Selection,
  type SelectionSource,
  selectOperation,
  splitRootFields,
  variesByType,
} from '../operations/selection';
import { assertFewSignInAttempts } from '../operations/sign-in-attempts';
import { compileVariables } from '../operations/variables';
import type { PlanNode } from '../planning/plan';
import type { Planner } from '../planning/planner';
import { RequestError } from '../request-error';
import type { SupergraphSchema } from '../schema/supergraph-schema';
import { deniedFields } from './denied-fields';
import type { Step } from './execution';
import type { FetchEnvironment } from './fetch-environment';
import { compilePlan, inSeries } from './plan-steps';
import { type PreparedOperation, sizeOfPlan, type Variant } from './prepared-operation';
import { compileProjection } from './projection';
import { compileReceipt } from './root-fetch';
import { SingleFlight } from './single-flight';

export interface OperationCompilerOptions {
  readonly schema: SupergraphSchema;
  /** What the planner reads: it may have fields that no service knows. */
  readonly planningSchema: SupergraphSchema;
  readonly access: AccessRules | undefined;
  readonly limits: OperationLimits;
  readonly planner: Planner;
  readonly hidesSuggestions: boolean;
  /** What all fetches of this executor share. */
  readonly fetching: Omit<FetchEnvironment, 'shape' | 'needed' | 'operationName'>;
}

/** Turns the text of an operation into something that runs without graphql-js: once a document, then once a set of conditions and rights. */
export class OperationCompiler {
  private readonly apiSchema: GraphQLSchema;
  private readonly naming: NamingRules;
  private readonly costs: FieldCosts;
  private readonly varies: SelectionSource['varies'];
  private readonly hasHiddenTypes: HasHiddenTypes;

  constructor(private readonly options: OperationCompilerOptions) {
    this.apiSchema = options.schema.apiSchema;
    this.costs = new FieldCosts(options.schema);
    this.naming = namingRules(options.planningSchema);
    this.hasHiddenTypes = hiddenTypesIn(options.schema);
    this.varies = variesByType(options.schema, this.naming.typeSignature);
  }

  /** @throws RequestError where the document breaks a limit or is not valid */
  prepare(query: string, operationName: string | undefined): PreparedOperation {
    const { schema, limits, hidesSuggestions } = this.options;
    checkText(query, limits);
    const document = parseDocument(query, limits.maxTokens);
    const operation = findOperation(document, operationName);
    checkDocument(document, limits, schema.credentialMutations);
    assertValid(this.apiSchema, query, document, { maxTokens: limits.maxTokens, hidesSuggestions });
    const fragments = fragmentsOf(document);
    const rootType = this.apiSchema.getRootType(operation.operation)?.name;
    return {
      summary: { name: operation.name?.value, type: operation.operation },
      query,
      parsed: { operation, fragments },
      coerce: compileVariables(this.apiSchema, operation),
      conditions: conditionVariables(document.definitions),
      isCredential: assertFewSignInAttempts(operation, fragments, schema.credentialMutations),
      cost: compileCost(this.costs, rootType, { operation, fragments }, limits),
      byConditions: new Map(),
      singleFlight: new SingleFlight(),
    };
  }

  parsed(prepared: PreparedOperation): ParsedOperation {
    prepared.parsed ??= this.parse(prepared);
    return prepared.parsed;
  }

  private parse({ query, summary }: PreparedOperation): ParsedOperation {
    const document = parseDocument(query, this.options.limits.maxTokens);
    return { operation: findOperation(document, summary.name), fragments: fragmentsOf(document) };
  }

  /** The requirements of an operation, found by selecting it for a caller with all rights. */
  requirementsOf(prepared: PreparedOperation, variables: Readonly<Record<string, unknown>>): Requirement[] {
    const { access } = this.options;
    if (!access) return [];
    const found = new Set<Requirement>();
    const note = (requirement: Requirement | undefined): boolean => {
      if (requirement) found.add(requirement);
      return false;
    };
    this.select(prepared, variables, {
      field: (type, field) => note(access.ofField(type, field)),
      type: name => note(access.ofType(name)),
    });
    return [...found];
  }

  async compile(
    prepared: PreparedOperation,
    variables: Readonly<Record<string, unknown>>,
    denials: Denials | undefined,
  ): Promise<Variant> {
    const selections = this.select(prepared, variables, denials);
    nameApart(selections, this.naming);
    const { operation } = this.parsed(prepared);
    const root = this.apiSchema.getRootType(operation.operation);
    if (!root) {
      throw new RequestError(
        'operation',
        platformErrors.BAD_REQUEST,
        `There are no ${operation.operation}s here`,
      );
    }
    const shape = compileProjection(this.apiSchema, root, selections);
    const environment: FetchEnvironment = {
      ...this.options.fetching,
      shape,
      needed: new Set(),
      operationName: prepared.summary.name,
    };
    const fetches = selections.some(needsSubgraph)
      ? await this.compileFetches(prepared, selections, environment)
      : { step: undefined, subscription: undefined, size: 0 };
    return {
      shape,
      step: fetches.step,
      introspection: introspectionFields(selections),
      denied: denials ? deniedFields(selections, this.options.access) : [],
      subscription: fetches.subscription,
      size: fetches.size + 500,
    };
  }

  private select(
    prepared: PreparedOperation,
    variables: Readonly<Record<string, unknown>>,
    denials: Denials | undefined,
  ): readonly Selection[] {
    const { operation, fragments } = this.parsed(prepared);
    const { apiSchema, varies } = this;
    return selectOperation({ schema: apiSchema, fragments, variables, denials, varies }, operation);
  }

  private async compileFetches(
    prepared: PreparedOperation,
    selections: readonly Selection[],
    environment: FetchEnvironment,
  ): Promise<Pick<Variant, 'step' | 'subscription' | 'size'>> {
    const { operation } = this.parsed(prepared);
    const { planner } = this.options;
    if (operation.operation === 'subscription') {
      const text = printForPlanner(operation, selections, this.hasHiddenTypes);
      const planned = await planner.plan(text);
      if (planned.kind !== 'subscription') return { step: undefined, subscription: undefined, size: 0 };
      const { primary, rest } = planned;
      return {
        step: rest && compilePlan(rest, environment),
        subscription: { primary, receive: compileReceipt(primary, environment) },
        size: sizeOfPlan(text, rest),
      };
    }
    let size = 0;
    const plan = async (part: readonly Selection[]): Promise<PlanNode | undefined> => {
      const text = printForPlanner(operation, part, this.hasHiddenTypes);
      const planned = await planner.plan(text);
      const node = planned.kind === 'request' ? planned.node : undefined;
      size += sizeOfPlan(text, node);
      return node;
    };
    let step: Step | undefined;
    if (operation.operation === 'mutation') {
      step = await compileMutation(selections, environment, plan);
    } else {
      const node = await plan(selections);
      step = node && compilePlan(node, environment);
    }
    return { step, subscription: undefined, size };
  }
}

/** https://spec.graphql.org/October2021/#sec-Mutation: one root field after the other, each with its whole selection. */
async function compileMutation(
  selections: readonly Selection[],
  environment: FetchEnvironment,
  plan: (part: readonly Selection[]) => Promise<PlanNode | undefined>,
): Promise<Step | undefined> {
  const parts = splitRootFields(selections);
  // The answer will be null in any case. A client without an answer assumes that nothing was changed, so nothing may be.
  const isNull = parts.some(part => part.some(f => f.denied && isNonNullType(f.definition.type)));
  if (isNull) return undefined;
  const steps = parts
    .filter(part => part.some(needsSubgraph))
    .map(async part => {
      const node = await plan(part);
      const [first] = part;
      return {
        step: node && compilePlan(node, environment),
        endsMutation:
          first && isNonNullType(first.definition.type) ? environment.shape.nullCheck(first.key) : undefined,
      };
    });
  return inSeries(await Promise.all(steps));
}

/** The types behind which an object type is `@inaccessible`. */
function hiddenTypesIn({ types, possibleTypes, apiSchema }: SupergraphSchema): HasHiddenTypes {
  const found = new Set(
    [...types.keys()].filter(name => possibleTypes(name).some(type => apiSchema.getType(type) === undefined)),
  );
  return name => found.has(name);
}
