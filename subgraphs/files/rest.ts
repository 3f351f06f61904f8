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
  {
    method: 'POST',
    path: '/files/:id/share',
    summary: 'Make a link that opens the file without signing in',
    operation: `mutation ($id: ID!, $input: ShareFileInput) { shareFile(id: $id, input: $input) { url token expiresAt } }`,
    success: 201,
  },
];

/** The metadata of a file, as the JSON routes describe it. */
const fileSchema = { $ref: '#/components/schemas/File' };

export const streams: StreamRoute[] = [
  {
    method: 'POST',
    path: '/files/upload',
    service: 'files',
    summary: 'Upload files as multipart/form-data: `file` (one or more), `tags`, `is_public`',
    openApi: {
      operationId: 'uploadFiles',
      request: {
        type: 'multipart/form-data',
        schema: {
          type: 'object',
          required: ['file'],
          properties: {
            file: { type: 'array', items: { type: 'string', format: 'binary' } },
            tags: { type: 'string' },
            is_public: { type: 'boolean' },
          },
        },
      },
      response: {
        status: 201,
        type: 'application/json',
        schema: { oneOf: [fileSchema, { type: 'array', items: fileSchema }] },
      },
    },
  },
  {
    method: 'OPTIONS',
    path: '/files/tus',
    service: 'files',
    summary: 'Resumable uploads (tus 1.0): version, extensions and limits',
  },
  {
    method: 'POST',
    path: '/files/tus',
    service: 'files',
    summary:
      'Begin a resumable upload: `Upload-Length`, `Upload-Metadata` (filename, filetype, tags, is_public)',
  },
  {
    method: 'HEAD',
    path: '/files/tus/:id',
    service: 'files',
    summary: 'How much of a resumable upload has arrived: `Upload-Offset`',
  },
  {
    method: 'PATCH',
    path: '/files/tus/:id',
    service: 'files',
    summary: 'Go on with a resumable upload at `Upload-Offset`, with an `Upload-Checksum` if wanted',
  },
  {
    method: 'DELETE',
    path: '/files/tus/:id',
    service: 'files',
    summary: 'Give a resumable upload up',
  },
  {
    method: 'GET',
    path: '/files/download/:id',
    service: 'files',
    summary: 'Download a file; ranges and conditional requests are answered',
    openApi: { operationId: 'downloadFile', response: { status: 200, type: '*/*' } },
  },
  {
    method: 'GET',
    path: '/files/thumbnails/:id',
    service: 'files',
    summary: 'A smaller picture: `width`, `height`, `fit`, `format`; the format by `Accept` when absent',
    openApi: {
      operationId: 'getThumbnail',
      query: {
        width: { type: 'integer' },
        height: { type: 'integer' },
        fit: { type: 'string' },
        format: { type: 'string' },
      },
      response: { status: 200, type: 'image/*' },
    },
  },
  {
    method: 'GET',
    path: '/s/:token',
    service: 'files',
    summary: 'Download the file of a share link; browsers get a page',
    openApi: { operationId: 'downloadSharedFile', response: { status: 200, type: '*/*' } },
  },
  {
    method: 'POST',
    path: '/s/:token',
    service: 'files',
    summary: 'Download the file of a share link with its password as the form field `password`',
    openApi: {
      operationId: 'unlockSharedFile',
      request: {
        type: 'application/x-www-form-urlencoded',
        schema: { type: 'object', required: ['password'], properties: { password: { type: 'string' } } },
      },
      response: { status: 200, type: '*/*' },
    },
  },
];
