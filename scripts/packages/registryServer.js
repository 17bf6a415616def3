// Serves npm packages on loopback, as a child process of localRegistry.js: sends its port, and ends with its parent.
//
//   node registryServer.js CONFIG OTHERS
//
// Verdaccio, with the settings CONFIG in JSON, has the packages of normlab. Requests for all others are redirected to the
// registry OTHERS: as an uplink of Verdaccio it would take minutes, since Verdaccio parses and stores what passes through.
import { createServer } from 'node:http';
import { runServer } from 'verdaccio';

const [config, others] = process.argv.slice(2);
process.on('disconnect', () => process.exit());
const verdaccio = await runServer(JSON.parse(config));
const server = createServer((request, response) => {
  if (isOurs(request.url)) verdaccio.emit('request', request, response);
  else response.writeHead(302, { location: others.replace(/\/$/, '') + request.url }).end();
});
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));

/** Whether a request is for a package of normlab, or for the registry itself, such as a login. */
function isOurs(path) {
  return /^\/(normlab(?![^/?])|@normlab(%2f|\/)|-\/)/i.test(path);
}
