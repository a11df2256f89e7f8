// An OData service as its makers ship it, over metadata.xml and a folder of JSON: odata.js FOLDER. Prints its port.
const http = require('http');
const path = require('path');
const Service = require('@sap-ux/fe-mockserver-core').default;

async function main() {
  const service = new Service({
    services: [{ urlPath: '/odata', metadataPath: path.join(__dirname, 'metadata.xml'), mockdataPath: process.argv[2], generateMockData: false }],
  });
  await service.isReady;
  const router = service.getRouter();
  const server = http.createServer((request, response) => router(request, response, () => {
    response.statusCode = 404;
    response.end();
  }));
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
