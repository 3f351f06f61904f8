/** The path of a response value: https://spec.graphql.org/October2021/#sec-Errors. */
export type ResponsePath = readonly (string | number)[];
