from django.http import HttpResponse, JsonResponse
from django.views import View

from .models import Item


def index(request):
    return HttpResponse("shop of %d" % Item.objects.count())


def about(request, **kwargs):
    return HttpResponse("about")


def export(request):
    with open("export.csv", "w") as file:
        file.write("x")
    return HttpResponse("done")


class Items(View):
    def get(self, request):
        return JsonResponse({"items": list(Item.objects.values("id", "name"))})


class New(View):
    def post(self, request):
        return JsonResponse({}, status=201)
