/** The scalars that several subgraphs declare: they must have one meaning, or the graph does not compose. */
export { GraphQLDateTime as DateTime } from 'graphql-scalars';
export { JSONObject } from './json-object';
