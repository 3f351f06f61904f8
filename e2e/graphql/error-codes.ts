/* eslint-disable */
/** The codes of errors: what each means, and what a client does about it. */
export const ErrorCode = {
  /** 200. The server does not know an operation with this hash. Send the operation again with its text; APQ clients do this on their own. */
  PERSISTED_QUERY_NOT_FOUND: 'PERSISTED_QUERY_NOT_FOUND',
  /** 200. Automatic persisted queries are off. Send the text of the operation each time; APQ clients do this on their own. */
  PERSISTED_QUERY_NOT_SUPPORTED: 'PERSISTED_QUERY_NOT_SUPPORTED',
  /** 400. The request cannot be read: its body, its parameters or its headers are not in the expected form. Correct the request; the message says what is wrong. */
  BAD_REQUEST: 'BAD_REQUEST',
  /** 400. The text of the operation is not GraphQL, or it nests too deeply. Correct the operation; `locations` says where. */
  GRAPHQL_PARSE_FAILED: 'GRAPHQL_PARSE_FAILED',
  /** 400. The operation does not fit the schema. Correct the operation; generate types from `schema/api.graphql` to find this earlier. */
  GRAPHQL_VALIDATION_FAILED: 'GRAPHQL_VALIDATION_FAILED',
  /** 400. The operation asks for the schema, and introspection is off. Read the schema from `schema/api.graphql`. */
  INTROSPECTION_DISABLED: 'INTROSPECTION_DISABLED',
  /** 400. A multipart operation is broken, or not as the GraphQL multipart request specification says. Send the parts `operations`, `map` and then the files. */
  MULTIPART_INVALID: 'MULTIPART_INVALID',
  /** 400. The operation exceeds a limit: depth, aliases, tokens, page size, cost or sign-in attempts. `details` names it, with its maximum. Ask for less, in smaller pages or in several operations. */
  OPERATION_LIMIT_EXCEEDED: 'OPERATION_LIMIT_EXCEEDED',
  /** 400. `operationName` is missing or names no operation of the document. Send the name of one of the operations of the document. */
  OPERATION_RESOLUTION_FAILURE: 'OPERATION_RESOLUTION_FAILURE',
  /** 400. The hash is not the one of the text that came with it. Send the SHA-256 of the text as it is sent. */
  PERSISTED_QUERY_HASH_MISMATCH: 'PERSISTED_QUERY_HASH_MISMATCH',
  /** 400. A subscription was sent as a plain request. Subscribe over WebSocket or server-sent events. */
  SUBSCRIPTIONS_NEED_A_STREAM: 'SUBSCRIPTIONS_NEED_A_STREAM',
  /** 400. The body of the upload is broken or broke off; nothing was stored. Send the upload again. */
  UPLOAD_INCOMPLETE: 'UPLOAD_INCOMPLETE',
  /** 401. The account of the access token is suspended. None until an administrator opens the account again. */
  ACCOUNT_INACTIVE: 'ACCOUNT_INACTIVE',
  /** 401. The API key is unknown, expired or revoked. Create another API key. */
  API_KEY_INVALID: 'API_KEY_INVALID',
  /** 401. The challenge of a two-step sign-in was used, or is too old. Begin again with `login`. */
  CHALLENGE_INVALID: 'CHALLENGE_INVALID',
  /** 401. The second-factor code is wrong, too old, or was used before. Ask for the next code of the app, or for a recovery code. */
  INVALID_CODE: 'INVALID_CODE',
  /** 401. The username or the password is wrong; the answer does not say which. Ask the user to type them again. */
  INVALID_CREDENTIALS: 'INVALID_CREDENTIALS',
  /** 401. The password is right and the account has a second factor. Ask for a code and send it with `details.challenge` to `completeLogin`. */
  MFA_REQUIRED: 'MFA_REQUIRED',
  /** 401. The sign-in is older than `details.maxAgeSeconds`, and this action needs a recent one. Call `reauthenticate` and send the request again with the new token. */
  REAUTHENTICATION_REQUIRED: 'REAUTHENTICATION_REQUIRED',
  /** 401. The refresh token is unknown, has expired, or its session has ended. Sign in again. */
  REFRESH_TOKEN_INVALID: 'REFRESH_TOKEN_INVALID',
  /** 401. The refresh token was used before, so that its session was ended: somebody may have stolen it. Sign in again; send each refresh token once. */
  REFRESH_TOKEN_REUSED: 'REFRESH_TOKEN_REUSED',
  /** 401. A command between services has no valid signature. None: clients do not send such commands. An operator checks that all services have the same `ENCRYPTION_KEYS`. */
  SERVICE_SIGNATURE_INVALID: 'SERVICE_SIGNATURE_INVALID',
  /** 401. The share link has a password, and none or a wrong one was sent. Send the password as the form field `password` or the header `x-share-password`. */
  SHARE_PASSWORD_REQUIRED: 'SHARE_PASSWORD_REQUIRED',
  /** 401. The access token has expired. Call `refresh` and send the request again with the new token. */
  TOKEN_EXPIRED: 'TOKEN_EXPIRED',
  /** 401. The access token is malformed, or its signature is wrong. Sign in again. */
  TOKEN_INVALID: 'TOKEN_INVALID',
  /** 401. The session of the access token has ended. Sign in again. */
  TOKEN_REVOKED: 'TOKEN_REVOKED',
  /** 401. The request has no valid credentials, or the account behind them is gone. Sign in and send the access token. */
  UNAUTHENTICATED: 'UNAUTHENTICATED',
  /** 403. The fresh credential on an open connection is of another caller than the first one. Open another connection for another caller. */
  CREDENTIAL_OF_ANOTHER_CALLER: 'CREDENTIAL_OF_ANOTHER_CALLER',
  /** 403. Malware was found in the file after it was stored. Its content is not served to anybody. Delete the file, or ask a holder of `files:quarantine` to release it. */
  FILE_QUARANTINED: 'FILE_QUARANTINED',
  /** 403. The caller is not allowed to do this; `details.permission` is the permission that is missing, where there is one. Ask an administrator for the permission; `explainAccess` says which rule decides. */
  FORBIDDEN: 'FORBIDDEN',
  /** 403. The request came over plain HTTP, and this server answers over HTTPS only (`PLAIN_HTTP`). Send it to the `https` address. A credential that was sent in plain text may be known to others: replace it. */
  HTTPS_REQUIRED: 'HTTPS_REQUIRED',
  /** 403. Only the operations of the list are answered here, and this is none of them. Use an operation of `schema/persisted-operations.json`. */
  PERSISTED_QUERY_NOT_IN_LIST: 'PERSISTED_QUERY_NOT_IN_LIST',
  /** 404. The object or the path does not exist, or the caller may not see it. Check the id or the path. */
  NOT_FOUND: 'NOT_FOUND',
  /** 405. The path does not answer this HTTP method, or a mutation was sent with GET. Use a method of the `Allow` header. */
  METHOD_NOT_ALLOWED: 'METHOD_NOT_ALLOWED',
  /** 406. The `Accept` header allows no media type that the gateway answers with. Accept `application/graphql-response+json` or `application/json`. */
  NOT_ACCEPTABLE: 'NOT_ACCEPTABLE',
  /** 408. The request body did not arrive in time. Send the request again over a faster connection. */
  REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
  /** 409. The user would hold more roles and permissions than an access token can carry. Use wildcard permissions, or fewer roles. */
  ACCESS_TOO_LARGE: 'ACCESS_TOO_LARGE',
  /** 409. The alert rule is built in or comes from a file; only `isEnabled` and `notify` of it can be changed. Change the file, or switch the rule off and make another. */
  ALERT_RULE_DECLARED: 'ALERT_RULE_DECLARED',
  /** 409. Another alert rule has this name. Choose another name, or change that rule. */
  ALERT_RULE_NAME_TAKEN: 'ALERT_RULE_NAME_TAKEN',
  /** 409. The creation of this account was cancelled before it was finished. Send the request again with a new idempotency key. */
  CREATION_CANCELLED: 'CREATION_CANCELLED',
  /** 409. Another account has this email. Ask for another email, or let the user sign in or reset the password. */
  EMAIL_TAKEN: 'EMAIL_TAKEN',
  /** 409. The email of the account is verified already. None: nothing is left to do. */
  EMAIL_VERIFIED: 'EMAIL_VERIFIED',
  /** 409. An export of the caller’s data is being made; `details.exportId` is its id. Wait for that export: read `dataExport`. */
  EXPORT_RUNNING: 'EXPORT_RUNNING',
  /** 409. The idempotency key was used for another request. Send a new key for a new request. */
  IDEMPOTENCY_KEY_REUSED: 'IDEMPOTENCY_KEY_REUSED',
  /** 409. Without this account or role there would be no active administrator. Make another account an administrator first. */
  LAST_ADMINISTRATOR: 'LAST_ADMINISTRATOR',
  /** 409. The notification did not fail, or its content is gone, so it cannot be sent again. Read its status; send a new notification if it is needed. */
  NOTIFICATION_NOT_FAILED: 'NOTIFICATION_NOT_FAILED',
  /** 409. The notification is being delivered, or its status is final. Read its status. */
  NOTIFICATION_NOT_PENDING: 'NOTIFICATION_NOT_PENDING',
  /** 409. This action is not allowed on the caller’s own account. Ask another administrator, or use the action for one’s own account that the message names. */
  OWN_ACCOUNT: 'OWN_ACCOUNT',
  /** 409. The files are in a folder, not in S3, so nothing can be uploaded to S3. Upload with `POST /files/upload`, `uploadFile` or tus. */
  PRESIGNED_UPLOADS_UNAVAILABLE: 'PRESIGNED_UPLOADS_UNAVAILABLE',
  /** 409. Users hold this role; `details.members` is their number. Name the role that they get instead as `reassignTo`. */
  ROLE_IN_USE: 'ROLE_IN_USE',
  /** 409. Another role has this name. Choose another name. */
  ROLE_NAME_TAKEN: 'ROLE_NAME_TAKEN',
  /** 409. A role of the system cannot be changed in this way. Create a role of your own instead. */
  SYSTEM_ROLE: 'SYSTEM_ROLE',
  /** 409. Another template has this name. Choose another name, or change that template. */
  TEMPLATE_NAME_TAKEN: 'TEMPLATE_NAME_TAKEN',
  /** 409. The user has as many push subscriptions as are allowed. Remove one of them. */
  TOO_MANY_PUSH_SUBSCRIPTIONS: 'TOO_MANY_PUSH_SUBSCRIPTIONS',
  /** 409. The account has a second factor. Call `disableTotp` before enrolling another one. */
  TOTP_ALREADY_ENABLED: 'TOTP_ALREADY_ENABLED',
  /** 409. The account has no second factor. Begin with `enrolTotp`, if one is wanted. */
  TOTP_NOT_ENABLED: 'TOTP_NOT_ENABLED',
  /** 409. There is no second factor to confirm. Begin with `enrolTotp`. */
  TOTP_NOT_ENROLLED: 'TOTP_NOT_ENROLLED',
  /** 409. The upload is completed before its bytes have arrived in S3. Send the bytes to the URL of `createUpload` first. */
  UPLOAD_NOT_RECEIVED: 'UPLOAD_NOT_RECEIVED',
  /** 409. The upload does not go on where `Upload-Offset` says; `details.offset` does (tus). Ask for the offset with HEAD, and go on there. */
  UPLOAD_OFFSET_MISMATCH: 'UPLOAD_OFFSET_MISMATCH',
  /** 409. Another account has this username, or it is reserved. Ask for another username. */
  USERNAME_TAKEN: 'USERNAME_TAKEN',
  /** 409. The object was changed since the version that the client read; `details.currentVersion` is the current one. Read the object again and repeat the change. */
  VERSION_CONFLICT: 'VERSION_CONFLICT',
  /** 412. The object is not the version that `if-match` or `if-unmodified-since` names. Read the object again, and repeat a change with its new `etag`. */
  PRECONDITION_FAILED: 'PRECONDITION_FAILED',
  /** 413. A file is larger than `details.maxBytes`. Upload a smaller file. */
  FILE_TOO_LARGE: 'FILE_TOO_LARGE',
  /** 413. The body is larger than this path accepts. Send a smaller body. */
  PAYLOAD_TOO_LARGE: 'PAYLOAD_TOO_LARGE',
  /** 413. The user would store more than `details.quotaBytes`. Delete files first, or ask an administrator. */
  STORAGE_QUOTA_EXCEEDED: 'STORAGE_QUOTA_EXCEEDED',
  /** 413. An upload has more than `details.maxFiles` files. Upload the files in several requests. */
  TOO_MANY_FILES: 'TOO_MANY_FILES',
  /** 415. The content of the file is of a type that is not accepted here. Upload a file of an accepted type. */
  FILE_TYPE_NOT_ALLOWED: 'FILE_TYPE_NOT_ALLOWED',
  /** 415. The body is compressed, not JSON, or not in UTF-8. Send uncompressed JSON in UTF-8 with `content-type: application/json`. */
  UNSUPPORTED_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
  /** 416. The requested range begins after the end of the file; `Content-Range` has its size. Ask for a range within the file. */
  RANGE_NOT_SATISFIABLE: 'RANGE_NOT_SATISFIABLE',
  /** 422. The token of a mailed link was used, has expired, or is not valid for this purpose. Ask for a new link. */
  ACCOUNT_TOKEN_INVALID: 'ACCOUNT_TOKEN_INVALID',
  /** 422. The content of the file is known as malware; nothing was stored. Do not send the file again. */
  FILE_INFECTED: 'FILE_INFECTED',
  /** 422. The operation is valid, and the gateway cannot plan it. Write the operation in another way, such as in two parts, and report it. */
  OPERATION_NOT_SUPPORTED: 'OPERATION_NOT_SUPPORTED',
  /** 422. No thumbnail can be made of the file: it is not a picture, is damaged, or is too large. Show an icon instead. */
  THUMBNAIL_UNAVAILABLE: 'THUMBNAIL_UNAVAILABLE',
  /** 422. The bytes that arrived in S3 are not of the announced size or checksum; they were removed. Start the upload again with `createUpload`. */
  UPLOAD_MISMATCH: 'UPLOAD_MISMATCH',
  /** 422. Some fields of the input are not valid; `details` lists each as `{field, message}`. Show the messages beside the fields and let the user correct them. */
  VALIDATION_FAILED: 'VALIDATION_FAILED',
  /** 429. More log entries arrive than can be stored; none of this request was stored. Send the same request again after `Retry-After`. */
  LOGS_OVERLOADED: 'LOGS_OVERLOADED',
  /** 429. This was asked for too often. Wait for `details.retryAfterSeconds`, then send it again. */
  RATE_LIMITED: 'RATE_LIMITED',
  /** 429. Too many sign-ins with a wrong password or code. Wait for `details.retryAfterSeconds` before the next sign-in. */
  TOO_MANY_ATTEMPTS: 'TOO_MANY_ATTEMPTS',
  /** 429. Too many exports were asked for within an hour. Wait for `details.retryAfterSeconds`. */
  TOO_MANY_EXPORTS: 'TOO_MANY_EXPORTS',
  /** 429. The socket or the client has as many subscriptions as it may have. End a subscription before the next one. */
  TOO_MANY_SUBSCRIPTIONS: 'TOO_MANY_SUBSCRIPTIONS',
  /** 460. The bytes of this request have another checksum than `Upload-Checksum`; none of them was kept (tus). Send the same bytes again. */
  CHECKSUM_MISMATCH: 'CHECKSUM_MISMATCH',
  /** 500. A service failed and gave no code of its own. Report the trace id. A query may be sent again. */
  DOWNSTREAM_SERVICE_ERROR: 'DOWNSTREAM_SERVICE_ERROR',
  /** 500. The server failed; the log has the cause under the trace id of the answer. Report the trace id. A query may be sent again. */
  INTERNAL_ERROR: 'INTERNAL_ERROR',
  /** 502. The answer of a service does not fit the schema. Report the trace id: the service is at fault. */
  INVALID_SUBGRAPH_RESPONSE: 'INVALID_SUBGRAPH_RESPONSE',
  /** 503. The file waits for its virus scan, because the scanner does not answer. Try again after `Retry-After` seconds. */
  FILE_PENDING_SCAN: 'FILE_PENDING_SCAN',
  /** 503. A service, database or event bus that this needs does not answer, or is too busy. Send it again after `Retry-After`, with growing pauses; read first whether a mutation without an idempotency key took effect. */
  SERVICE_UNAVAILABLE: 'SERVICE_UNAVAILABLE',
  /** 503. The server is stopping. Send it again after `Retry-After`. */
  SHUTTING_DOWN: 'SHUTTING_DOWN',
  /** 503. The client read a subscription too slowly, and it was ended. Subscribe again and read the current state. */
  SUBSCRIBER_TOO_SLOW: 'SUBSCRIBER_TOO_SLOW',
  /** 503. The source of a subscription was away, and events may be missing. Read the current state and subscribe again. */
  SUBSCRIPTION_INTERRUPTED: 'SUBSCRIPTION_INTERRUPTED',
  /** 507. The lines of the current hour alone are larger than the log may be (`LOG_RETENTION_BYTES`). Send the lines again after `Retry-After`; an operator raises the limit or finds the source of the flood. */
  LOGS_FULL: 'LOGS_FULL',
  /** 507. The database has no room left. Try again later; an operator must free space. */
  STORAGE_FULL: 'STORAGE_FULL',
} as const;

export type ErrorCode = keyof typeof ErrorCode;
