// Command coredns is CoreDNS with the few plugins that the test cluster uses. The others bring the
// client libraries of every cloud, and take minutes to build.
package main

import (
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/coremain"

	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/erratic"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/file"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/template"
)

func main() {
	// The order in which plugins are asked.
	dnsserver.Directives = []string{"bind", "errors", "file", "template", "kubernetes", "erratic"}
	coremain.Run()
}
