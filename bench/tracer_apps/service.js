// A service of the chain, whichever tracer was loaded before it; arguments are its port and the next address.
const http = require('node:http')

const [port, following] = process.argv.slice(2)
http.createServer((request, response) => {
  if (!following) return response.end(request.url)
  http.get(following + request.url, (found) => {
    response.statusCode = found.statusCode
    found.pipe(response)
  }).on('error', (error) => {
    response.statusCode = 502
    response.end(String(error))
  })
}).listen(Number(port), '127.0.0.1')
