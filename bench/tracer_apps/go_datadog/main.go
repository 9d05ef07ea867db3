// A service of the chain with dd-trace-go; arguments are its port and the next service's address.
package main

import (
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	httptrace "github.com/DataDog/dd-trace-go/contrib/net/http/v2"
	"github.com/DataDog/dd-trace-go/v2/ddtrace/tracer"
)

func main() {
	if err := tracer.Start(); err != nil {
		log.Fatal(err)
	}
	port, following := os.Args[1], os.Args[2]
	client := httptrace.WrapClient(http.DefaultClient)
	mux := httptrace.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
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
	go func() { log.Fatal(http.ListenAndServe("127.0.0.1:"+port, mux)) }()
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM)
	<-ended
	tracer.Stop()
}
