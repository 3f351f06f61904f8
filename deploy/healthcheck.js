/** `node deploy/healthcheck.js <port>`: ends with 0 when the server on this port is ready. The image has no curl. */
fetch(`http://127.0.0.1:${process.argv[2]}/health/ready`).then(
  response => process.exit(response.ok ? 0 : 1),
  () => process.exit(1),
);
