import type { RestRoute, StreamRoute } from '../../platform/graphql/rest-table';

const file = '{ id filename originalFilename contentType size ownerId isPublic createdAt tags }';

export const rest: RestRoute[] = [
  {
    method: 'GET',
    path: '/files',
    summary: 'List the files that the caller may read, the newest first',
    operation: `query ($ownerId: ID, $tag: String, $contentType: String, $name: String, $first: Int = 20, $after: String) {
      files(first: $first, after: $after, filter: { ownerId: $ownerId, tag: $tag, contentType: $contentType, name: $name }) {
        items: nodes ${file} pageInfo { endCursor hasNextPage } }
    }`,
    success: 200,
  },
  {
    method: 'GET',
    path: '/files/:id',
    summary: 'Read the metadata of a file',
    operation: `query ($id: ID!) { file(id: $id) ${file} }`,
    success: 200,
  },
  {
    method: 'PUT',
    path: '/files/:id',
    summary: 'Change name, tags or visibility',
    operation: `mutation ($id: ID!, $input: UpdateFileInput!) { updateFile(id: $id, input: $input) ${file} }`,
    success: 200,
  },
  {
    method: 'DELETE',
    path: '/files/:id',
    summary: 'Delete a file, metadata and bytes',
    operation: 'mutation ($id: ID!) { deleteFile(id: $id) }',
    success: 204,
  },
];

export const streams: StreamRoute[] = [
  {
    method: 'POST',
    path: '/files/upload',
    service: 'files',
    summary: 'Upload files as multipart/form-data: `file` (one or more), `tags`, `is_public`',
  },
  {
    method: 'GET',
    path: '/files/download/:id',
    service: 'files',
    summary: 'Download a file; ranges and conditional requests are answered',
  },
];
