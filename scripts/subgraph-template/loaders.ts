import { loaderOfMany } from '../../platform/graphql/loader';
import type { Caller } from '../../platform/security/caller';
import type { RequestContext } from '../../platform/service';
import type { Samples } from './samples';
import type { SampleRow } from './tables';

/** The loaders of one request. */
export class Loaders {
  /** The samples of a user. */
  readonly samples;

  constructor(samples: Samples, caller: Caller) {
    this.samples = loaderOfMany(
      (row: SampleRow) => row.userId,
      userIds => samples.ofUsers(caller, userIds),
    );
  }
}

export interface SamplesContext extends RequestContext {
  readonly loaders: Loaders;
}
