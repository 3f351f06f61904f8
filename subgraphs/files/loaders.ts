import { loaderById } from '../../platform/graphql/loader';
import type { Caller } from '../../platform/security/caller';
import type { RequestContext } from '../../platform/service';
import type { Files } from './files/files';

/** The loaders of one request. The domain leaves out the rows that the caller may not read. */
export class Loaders {
  readonly file;

  constructor(files: Files, caller: Caller) {
    this.file = loaderById(ids => files.byIds(caller, ids));
  }
}

export interface FilesContext extends RequestContext {
  readonly loaders: Loaders;
}
