// A service of the chain with OpenTelemetry's SDK for Go; arguments are its port and the next service's address.
package main

import (
	"context"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/go-logr/stdr"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/trace"
)

func main() {
	stdr.SetVerbosity(8)
	otel.SetLogger(stdr.New(log.New(os.Stdout, "DEBUG ", 0)))
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Println("ERROR", err) }))
	exporter, err := otlptracehttp.New(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	provider := trace.NewTracerProvider(trace.WithBatcher(exporter))
	otel.SetTracerProvider(provider)
	otel.SetTextMapPropagator(propagation.TraceContext{})
	port, following := os.Args[1], os.Args[2]
	client := http.Client{Transport: otelhttp.NewTransport(http.DefaultTransport)}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if following == "" {
			io.WriteString(w, r.URL.Path)
			return
		}
		request, _ := http.NewRequestWithContext(r.Context(), "GET", following+r.URL.Path, nil)
		found, err := client.Do(request)
		if err != nil {
			http.Error(w, err.Error(), 502)
			return
		}
		defer found.Body.Close()
		w.WriteHeader(found.StatusCode)
		io.Copy(w, found.Body)
	})
	go func() {
		log.Fatal(http.ListenAndServe("127.0.0.1:"+port, otelhttp.NewHandler(handler, "chain")))
	}()
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM)
	<-ended
	provider.Shutdown(context.Background())
}
