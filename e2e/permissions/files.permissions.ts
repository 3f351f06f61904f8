import { data, somebody } from '../client';
import { uploadFile } from '../file-client';
import {
  aboutSubject,
  everybody,
  forbidden,
  missing,
  nobody,
  nothing,
  ok,
  ownOrMissing,
  type Scene,
  type ServicePermissions,
  subscription,
  type Variables,
} from './row';

/** The stories keep files in a folder. */
const noBucket = 'PRESIGNED_UPLOADS_UNAVAILABLE';

async function newFile({ subject }: Scene): Promise<Variables> {
  return { id: (await uploadFile(subject.accessToken, 'matrix')).id };
}

export default {
  operations: {
    'Query.file': {
      document: 'query ($id: ID!) { file(id: $id) { id } }',
      scope: 'files:read',
      outcomes: [nothing, ok, nothing, ok, ok, nothing],
      variables: newFile,
      rest: { method: 'GET', path: ({ id }) => `/files/${id}` },
    },
    'Query.files': {
      // An administrator sees own files here; those of others with the filter `ownerId`.
      document: '{ files { nodes { id } } }',
      scope: 'files:read',
      outcomes: [nobody, ok, nothing, nothing, ok, nothing],
      variables: async scene => {
        await newFile(scene);
        return {};
      },
    },
    'Query.filesService': { document: '{ filesService { name } }', outcomes: everybody },
    'Query.quarantinedFiles': {
      document: '{ quarantinedFiles { nodes { id } } }',
      scope: 'files:quarantine',
      outcomes: [nobody, forbidden, forbidden, nothing, nothing, forbidden],
    },
    'Mutation.deleteFile': {
      document: 'mutation ($id: ID!) { deleteFile(id: $id) }',
      scope: 'files:delete',
      outcomes: ownOrMissing,
      variables: newFile,
      rest: { method: 'DELETE', path: ({ id }) => `/files/${id}` },
    },
    'Mutation.grantFilePermission': {
      document:
        'mutation ($id: ID!, $user: ID!) { grantFilePermission(fileId: $id, userId: $user, permission: READ) { id } }',
      scope: 'files:write',
      outcomes: ownOrMissing,
      variables: async scene => ({ ...(await newFile(scene)), user: (await somebody()).id }),
    },
    'Mutation.revokeFilePermission': {
      document: 'mutation ($id: ID!, $user: ID!) { revokeFilePermission(fileId: $id, userId: $user) { id } }',
      scope: 'files:write',
      outcomes: ownOrMissing,
      variables: async scene => ({ ...(await newFile(scene)), user: (await somebody()).id }),
    },
    'Mutation.revokeShare': {
      document: 'mutation ($id: ID!) { revokeShare(id: $id) { id } }',
      scope: 'files:write',
      outcomes: ownOrMissing,
      variables: async scene => {
        const { shareFile } = await data<{ shareFile: { share: { id: string } } }, object>(
          'mutation ($id: ID!) { shareFile(id: $id) { share { id } } }',
          await newFile(scene),
          scene.subject.accessToken,
        );
        return { id: shareFile.share.id };
      },
    },
    'Mutation.shareFile': {
      document: 'mutation ($id: ID!) { shareFile(id: $id) { token } }',
      scope: 'files:write',
      outcomes: ownOrMissing,
      variables: newFile,
      rest: { method: 'POST', path: ({ id }) => `/files/${id}/share`, body: () => ({}) },
    },
    'Mutation.uploadFile': {
      document: 'mutation ($file: Upload!) { uploadFile(file: $file) { id } }',
      outcomes: [nobody, missing, missing, missing, forbidden, forbidden],
      variables: () => ({ file: 'unknown' }),
    },
    'Mutation.createUpload': {
      document: 'mutation { createUpload(input: { filename: "a", size: 1 }) { id } }',
      outcomes: [nobody, noBucket, noBucket, noBucket, forbidden, forbidden],
    },
    'Mutation.completeUpload': {
      document: 'mutation ($id: ID!) { completeUpload(id: $id) { id } }',
      outcomes: [nobody, missing, missing, missing, forbidden, forbidden],
      variables: newFile,
    },
    'Mutation.releaseFile': {
      document: 'mutation ($id: ID!) { releaseFile(id: $id) { id } }',
      scope: 'files:quarantine',
      outcomes: [nobody, forbidden, forbidden, missing, missing, forbidden],
      variables: newFile,
    },
    'Mutation.updateFile': {
      document: 'mutation ($id: ID!) { updateFile(id: $id, input: { tags: ["matrix"] }) { id } }',
      scope: 'files:write',
      outcomes: ownOrMissing,
      variables: newFile,
      rest: { method: 'PUT', path: ({ id }) => `/files/${id}`, body: () => ({ tags: ['matrix'] }) },
    },
    'Subscription.fileChanged': subscription(
      'subscription ($id: ID!) { fileChanged(id: $id) { id } }',
      aboutSubject,
    ),
  },
  userFields: {
    files: { selection: 'files { nodes { id } }', scopes: ['users:read', 'files:read'] },
    storageUsage: { selection: 'storageUsage { files }', scopes: ['users:read', 'files:read'] },
  },
  furnish: newFile,
  restElsewhere: ['GET /files'],
} satisfies ServicePermissions;
