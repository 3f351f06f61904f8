const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])\n';

export const ticksSdl = `${link}
  type Query { nothing: Int }
  type Subscription { tick: Tick silence: Tick }
  type Tick @key(fields: "id") { id: ID! at: Float! }`;

export const peopleSdl = `${link}
  type Query { nobody: Int }
  type Tick @key(fields: "id") { id: ID! by: String }`;
