from django.urls import path

from registries.api import providers

urlpatterns = [
    path("providers", providers.ProviderList.as_view(), name="providers"),
    path("providers/<slug:slug>", providers.ProviderDetail.as_view(), name="provider"),
]
