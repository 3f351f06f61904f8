/** The scalars that several subgraphs declare: one meaning each, or the graph would not compose. */
export { GraphQLDateTime as DateTime, GraphQLJSONObject as JSONObject } from 'graphql-scalars';
