import { readdirSync } from 'node:fs';
import type { Row, Scene, ServicePermissions, UserField } from './row';

const services = readdirSync(__dirname)
  .filter(name => name.endsWith('.permissions.ts'))
  .map(name => (require(`./${name}`) as { default: ServicePermissions }).default);

/** Every operation of the graph. One that has no row fails the test of this table. */
export const operations: Record<string, Row> = Object.assign({}, ...services.map(each => each.operations));

export const userFields: Record<string, UserField> = Object.assign(
  {},
  ...services.map(each => each.userFields),
);

export const restElsewhere = services.flatMap(each => each.restElsewhere ?? []);

/** Gives somebody whatever a field of a user could show. */
export async function furnish(scene: Scene): Promise<void> {
  for (const { furnish } of services) await furnish?.(scene);
}
