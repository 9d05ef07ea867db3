from datadog import initialize, api
options = {
            'api_key': '***************',
            'app_key': '***************'
}

initialize(**options)
title = 'my_metric Visualization'
widgets = [{
            "definition": {
                 "title": "my_metric",
                 "type": "timeseries",
                 "requests": [
                       {"q": "avg:my_metric{*}"}
                 ]
            }
        },
        {
            "definition": {
                "type": "timeseries",
                "requests": [
                    {"q": "anomalies(mongodb.network.bytesinps{*}, 'basic', 2)"}
                 ],
                "title": "Mongodb graph"
            }
        },
        {
            "definition": {
                "type": "query_value",
                "requests": [
                      {"q": "my_metric{*}.rollup(sum,3600)"}
                ],
             "title": "my_metric point over last hour"
            }
        }
]
layout_type = 'ordered'
is_read_only = True

api.Dashboard.create(title=title,
                     widgets=widgets,
                     layout_type=layout_type,
                     is_read_only=is_read_only)
