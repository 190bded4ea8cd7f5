def app(event):
    return "a function of one parameter is no web app"
