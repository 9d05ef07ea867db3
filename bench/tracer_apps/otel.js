// OpenTelemetry's SDK for Node.js with its instrumentation of HTTP.
const { NodeSDK } = require('@opentelemetry/sdk-node')
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http')

new NodeSDK({ instrumentations: [new HttpInstrumentation()] }).start()
