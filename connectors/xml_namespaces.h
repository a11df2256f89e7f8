/* Prefixes in the configuration's paths: "p:name" becomes what expat calls the element once namespaces are declared,
 * the namespace, XML_NAMESPACE_END and the local name. */
#ifndef BIDUI_CONNECTORS_XML_NAMESPACES_H
#define BIDUI_CONNECTORS_XML_NAMESPACES_H

#include "connectors/decoder.h"

#define XML_NAMESPACE_END '\x1f'

/* `namespaces`: a map from prefix to namespace. Prefixes it lacks stay as they are. */
void xml_namespaces_declare(struct arena *a, const struct yaml *namespaces, struct plan *plan);

#endif
