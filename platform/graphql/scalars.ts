import { GraphQLScalarType } from 'graphql';
import { GraphQLDateTime } from 'graphql-scalars';

/** The scalars that several subgraphs declare: one meaning each, or the graph would not compose. */
export { GraphQLJSONObject as JSONObject } from 'graphql-scalars';

/** That of graphql-scalars, answered as the text that JSON makes of a `Date`: `JSON.stringify` would ask each for it. */
export const DateTime = new GraphQLScalarType<Date, string>({
  ...GraphQLDateTime.toConfig(),
  serialize: value => {
    const isMoment = value instanceof Date && !Number.isNaN(value.getTime());
    return textOf(isMoment ? value : (GraphQLDateTime.serialize(value) as Date));
  },
});

const twoDigits = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));

/** What `toISOString` answers, for a third: in a list of moments that is as much as all other values take together. */
function textOf(moment: Date): string {
  const year = moment.getUTCFullYear();
  // Other years have a sign and six digits, or leading zeros.
  if (year < 1000 || year > 9999) return moment.toISOString();
  const day = `${year}-${twoDigits[moment.getUTCMonth() + 1]}-${twoDigits[moment.getUTCDate()]}`;
  const time = `${twoDigits[moment.getUTCHours()]}:${twoDigits[moment.getUTCMinutes()]}:${twoDigits[moment.getUTCSeconds()]}`;
  return `${day}T${time}.${String(moment.getUTCMilliseconds()).padStart(3, '0')}Z`;
}
